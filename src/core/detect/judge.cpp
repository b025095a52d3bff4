#include "mailban/detect/judge.h"

#include "mailban/detect/password_tag.h"

#include <algorithm>

namespace mailban {

namespace {

// So many failures of a known user in a day are no slip of the fingers.
constexpr std::uint32_t kStaleAfter = 5;
constexpr Duration kDay = std::chrono::days(1);
constexpr std::size_t kMostIncidents = 100;
constexpr std::size_t kUsersWatched = 100'000;
constexpr std::uint32_t kMostLogins = 64;

enum UserCount : std::size_t { too_many, far_too_many, worth_telling };

Rule rule_of(const char* name, std::uint32_t limit, Duration within, std::optional<Duration> ban)
{
    Rule rule;
    rule.name = name;
    rule.limit = limit;
    rule.within = within;
    rule.ban = ban;
    return rule;
}

Watch watch_users(const TrustSettings& trust, std::uint64_t hash_seed)
{
    const auto anew = Watch::OnceTripped::starts_anew;
    // One wrong password, however often, is no guessing.
    return Watch({{trust.limit, trust.within, Watch::Of::marks, anew},
                  {trust.stale_limit, trust.stale_within, Watch::Of::events, anew},
                  {kStaleAfter, kDay, Watch::Of::events, Watch::OnceTripped::stays}},
                 kUsersWatched, hash_seed);
}

Watch watch_networks(const HijackSettings& hijack, std::uint64_t hash_seed)
{
    return Watch({{hijack.networks, hijack.within, Watch::Of::tags, Watch::OnceTripped::stays}},
                 kUsersWatched, hash_seed);
}

}  // namespace

std::string to_string(const Incident& incident)
{
    const bool stale = incident.kind == Incident::Kind::stale_password;
    std::string text = stale ? "stale password: " : "hijacked account? ";
    text += incident.account;
    text += stale ? " from " + incident.ip.to_string() + ", a client that has used it before, " +
                        std::to_string(incident.events) + " failures"
                  : " logs in from many networks, the last one " + incident.ip.to_string();
    return text + " since " + format_timestamp(incident.first);
}

Judge::Judge(std::vector<Rule> rules, const JudgeSettings& settings, std::size_t tracked,
             PrefixLengths client, std::uint64_t hash_seed)
    : settings_(settings),
      client_(client),
      hash_seed_(hash_seed),
      detector_(std::move(rules), tracked, hash_seed, client),
      users_(watch_users(settings.trust.value_or(TrustSettings{}), hash_seed)),
      networks_(watch_networks(settings.hijack.value_or(HijackSettings{}), hash_seed))
{
    if (settings.trust) {
        const TrustSettings& trust = *settings.trust;
        trust_.emplace(trust, client, hash_seed);
        known_rule_ = rule_of("known-user", trust.limit, trust.within, trust.ban);
        stale_rule_ = rule_of("stale-password", trust.stale_limit, trust.stale_within, trust.ban);
    }
    if (settings.outage) outage_.emplace(*settings.outage, hash_seed);
}

bool Judge::concerns(EventKind kind) const noexcept
{
    return kind == EventKind::auth_success || kind == EventKind::auth_unavailable ||
           detector_.concerns(kind);
}

const Outage* Judge::outage() const noexcept
{
    return outage_ && outage_->since() ? &*outage_ : nullptr;
}

bool Judge::has_user_in(const Prefix& block, Timestamp at) const
{
    return trust_ && trust_->has_user_in(block, at);
}

void Judge::restore(const KnownLogin& login)
{
    if (trust_) trust_->restore(login);
}

void Judge::advance(Timestamp now)
{
    if (outage_) outage_->advance(now);
    while (!incidents_.empty() && now - incidents_.front().last > kDay)
        incidents_.pop_front();
}

void Judge::set_back(Timestamp at)
{
    detector_.set_back(at);
    users_.set_back(at);
    networks_.set_back(at);
    if (outage_) outage_->set_back(at);
}

Verdict Judge::observe(const Event& event, std::uint32_t attempts, Timestamp at)
{
    Verdict verdict;
    if (outage_) outage_->advance(at);
    switch (event.kind) {
    case EventKind::auth_success: judge_login(event, attempts, at, verdict); break;
    case EventKind::auth_unavailable:
        if (outage_) outage_->note_unavailable(client_.block_of(event.ip).base(), at);
        break;
    default: judge_failure(event, attempts, at, verdict); return verdict;
    }
    verdict.offences = detector_.observe(event, attempts, at);
    return verdict;
}

void Judge::tell_password(const Event& event, std::uint32_t attempts, Timestamp at)
{
    detector_.tell_password(event, attempts, at);
    const auto before = password_tag(IpAddress{}, std::nullopt, hash_seed_);
    const auto after = password_tag(IpAddress{}, event.password, hash_seed_);
    for (std::uint32_t told = 0; told < attempts && event.password; ++told)
        users_.retag(pair_of(event), before, after, at - Detector::kSlack);
}

IpAddress Judge::pair_of(const Event& event) const
{
    const IpAddress client = client_.block_of(event.ip).base();
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    return pair_key(client, account, hash_seed_);
}

void Judge::judge_login(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict)
{
    // One record may stand for many; beyond some dozens more make no difference.
    for (std::uint32_t login = 0; outage_ && login < std::clamp(attempts, 1U, kMostLogins); ++login)
        outage_->note_login(at);
    if (!event.account) return;
    const auto forgiven = Watch::Counts().set(too_many).set(far_too_many);
    users_.forgive(pair_of(event), 0, forgiven, 0);
    detector_.forgive(event.ip, *event.account, at);
    if (trust_) verdict.learned = trust_->learn(event.ip, *event.account, at);
    if (!settings_.hijack) return;
    const IpAddress network = settings_.hijack->network.block_of(event.ip).base();
    const bool many = networks_
                          .hit(account_key(*event.account, hash_seed_), tag_of(network, hash_seed_),
                               at, Watch::Counts(1))
                          .any();
    if (many) verdict.incident = note_incident(Incident::Kind::hijacked_account, event, at);
}

Familiarity Judge::familiarity(const Event& event, Timestamp at) const
{
    if (!trust_) return Familiarity::stranger;
    if (event.account) return trust_->familiarity(event.ip, *event.account, at);
    // Nobody can tell whose failure it is: such a client is no stranger, and not beyond suspicion.
    return trust_->is_user(event.ip, at) ? Familiarity::neighbour : Familiarity::stranger;
}

void Judge::judge_failure(const Event& event, std::uint32_t attempts, Timestamp at,
                          Verdict& verdict)
{
    const Familiarity who = familiarity(event, at);
    if (who == Familiarity::stranger || !detector_.concerns(event.kind)) {
        verdict.offences = detector_.observe(event, attempts, at);
        return;
    }
    const bool is_known = who == Familiarity::known;
    if (is_known && outage_ && event.kind == EventKind::auth_failure) {
        const bool goes_on = users_.count(pair_of(event), worth_telling) >= kStaleAfter;
        outage_->note_failing_user(client_.block_of(event.ip).base(),
                                   goes_on ? Outage::Failing::goes_on : Outage::Failing::begins,
                                   at);
    }
    judge_user(event, attempts, at, is_known, verdict);
}

void Judge::judge_user(const Event& event, std::uint32_t attempts, Timestamp at, bool is_known,
                       Verdict& verdict)
{
    const auto tried = password_tag(IpAddress{}, event.password, hash_seed_);
    const auto tripped = users_.hit(pair_of(event), tried, at, Watch::Counts(7), attempts);
    const bool fails_elsewhere = detector_.suspects(event.ip, at);
    const bool is_stale = is_known && !fails_elsewhere;
    if (tripped.test(too_many) && !is_stale) verdict.offences.push_back(&known_rule_);
    if (tripped.test(far_too_many)) verdict.offences.push_back(&stale_rule_);
    if (tripped.test(worth_telling) && is_stale && event.kind == EventKind::auth_failure)
        verdict.incident = note_incident(Incident::Kind::stale_password, event, at);
}

// The incident where it is new; one that goes on is only noted.
std::optional<Incident> Judge::note_incident(Incident::Kind kind, const Event& event, Timestamp at)
{
    const std::string account = shown_account(*event.account);
    const bool by_ip = kind == Incident::Kind::stale_password;
    const auto known = std::find_if(incidents_.begin(), incidents_.end(), [&](const Incident& one) {
        return one.kind == kind && one.account == account && (!by_ip || one.ip == event.ip);
    });
    Incident incident{kind, event.ip, account, at, at, by_ip ? kStaleAfter : 1};
    const bool goes_on = known != incidents_.end() && at - known->last <= kDay;
    if (goes_on) {
        incident.first = known->first;
        incident.events = known->events + 1;
    }
    if (known != incidents_.end()) incidents_.erase(known);
    if (incidents_.size() >= kMostIncidents) incidents_.pop_front();
    incidents_.push_back(incident);
    if (goes_on) return std::nullopt;
    return incident;
}

}  // namespace mailban
