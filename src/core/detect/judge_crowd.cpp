// How a judge tells those apart who look alike: the users of one address, and strangers in a storm.
#include "mailban/detect/judge.h"
#include "mailban/detect/password_tag.h"

namespace mailban {

namespace {
// For so long a client that broke a rule has no first day.
constexpr Duration kOffenceTells = std::chrono::days(1);
constexpr WindowTable::Counts kOnlyShared{1};  // these watches have one count
}  // namespace

bool Judge::are_many(std::uint32_t users) const
{
    return trust() != nullptr && settings_.trust && users >= settings_.trust->shared_accounts;
}

bool Judge::is_shared(const IpAddress& ip, Timestamp at) const
{
    return are_many(users_at(ip, at));
}

std::uint32_t Judge::limit_of(const Rule& rule, const IpAddress& ip, Timestamp at) const
{
    return detector_.limit_of(rule, ip, at, scale_of(ip, at), knowledge(ip, at));
}

Knowledge Judge::knowledge(const IpAddress& ip, Timestamp at) const
{
    if (learning_.is_over(at)) return Knowledge::learned;
    const bool has_offended = offended_.holds(client_.block_of(ip).base(), at, kOffenceTells);
    return has_offended ? Knowledge::learned : Knowledge::learning;
}

std::optional<Judge::SharedCount> Judge::shared_count(const IpAddress& ip, Timestamp at) const
{
    if (!is_shared(ip, at)) return std::nullopt;
    const IpAddress client = client_.block_of(ip).base();
    SharedCount count;
    count.accounts = users_at(ip, at);
    count.failures = shared_.holds(client, kOnlyShared, at) ? shared_.count(client, 0) : 0;
    count.limit = shared_rule_.limit * scale_of(ip, at);
    count.within = shared_rule_.within;
    return count;
}

// A stranger's failure. What the rules say of it is told once, and then goes on in silence, until
// the failures outgrow by far what the address's own users could cause.
void Judge::judge_shared(const Event& event, std::uint32_t attempts, Timestamp at,
                         bool is_worth_telling, Verdict& verdict)
{
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    const auto tried = password_tag(account, event.password, hash_seed_);
    const std::uint32_t scale = scale_of(event.ip, at);
    if (shared_.hit(client_of(event), tried, at, kOnlyShared, attempts, scale).any())
        verdict.offences.push_back({&shared_rule_, shared_rule_.limit * scale});
    else if (is_worth_telling)
        verdict.incident = note_incident(Incident::Kind::shared_address, event, at);
}

// Whoever has logged in anywhere is no stranger, and in an outage all fail.
void Judge::note_stranger(const Event& event, Timestamp at)
{
    if (!storm_ || outage() != nullptr || trust()->is_user(event.ip, at)) return;
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    storm_->note_failure(event, client_of(event), account, at);
}

void Judge::note_refused(const Event& event, Timestamp at)
{
    if (!storm_ || outage() != nullptr || trust()->is_user(event.ip, at)) return;
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    storm_->note_refused(event, client_of(event), account, at);
}

std::optional<Storm::Suspect> Judge::take_guilty()
{
    return storm_ ? storm_->take_guilty() : std::nullopt;
}

}  // namespace mailban
