#include "mailban/detect/chains.h"

#include "mailban/detect/account.h"

#include <algorithm>

namespace mailban {

namespace {

constexpr std::size_t kMostPassedOn = 1024;
constexpr std::size_t kMostDatabases = 16;

// One that is restored from the database of an earlier run has none.
NameMark database_of(const Event& event)
{
    return event.database.value_or(NameMark{0});
}

}  // namespace

bool Chains::is_refusal(const Event& event) noexcept
{
    const bool is_of_database = event.reporter == Reporter::module ||
                                (event.reporter == Reporter::back_end &&
                                 event.server == MailServer::dovecot && event.database);
    return is_of_database && event.kind == EventKind::auth_failure && event.account &&
           event.attempts == 1;
}

Chains::Key Chains::key_of(const Event& event, Reporter reporter, bool has_session) const noexcept
{
    const bool is_told = has_session && !event.session->empty();
    const auto numbers = static_cast<std::uint64_t>(reporter) << 1U | std::uint64_t{is_told};
    Key key = SeededHash{hash_(event.ip)}(numbers);
    if (is_told) key = SeededHash{key}(std::string_view(*event.session));
    return folded_hash(*event.account, SeededHash{key});
}

// No database is asked twice for one attempt.
bool Chains::is_next(const Attempt& attempt, const Event& event)
{
    const auto& known = attempt.databases;
    if (known.empty() || known.size() >= kMostDatabases || event.time < attempt.first) return false;
    if (std::find(known.begin(), known.end(), database_of(event)) != known.end()) return false;
    if (attempt.mechanism && event.mechanism && attempt.mechanism != event.mechanism) return false;
    const auto passed = event.time - attempt.first;
    return passed < kChain || (database_of(event) == name_mark("pam") && passed <= kPamDelay);
}

// All databases have refused the password before; now those that come first have, and another one
// has accepted it.
bool Chains::is_only_or_shorter(const Attempt& attempt)
{
    const auto is_before = [&](NameMark database) {
        return std::find(attempt.before.begin(), attempt.before.end(), database) !=
               attempt.before.end();
    };
    return attempt.number == 1 ||
           (attempt.databases.size() < attempt.before.size() &&
            std::all_of(attempt.databases.begin(), attempt.databases.end(), is_before));
}

bool Chains::continues(const Event& event, std::uint32_t source, std::uint64_t line)
{
    if (!is_refusal(event)) return false;
    const Key key = key_of(event, event.reporter, event.session.has_value());
    auto found = attempts_.find(key);
    if (found == attempts_.end()) {
        if (order_.size() >= capacity_) {
            attempts_.erase(order_.front());
            order_.pop_front();
        }
        order_.push_back(key);
        found = attempts_.emplace(key, Attempt{}).first;
    }
    Attempt& attempt = found->second;
    const bool goes_on = is_next(attempt, event);
    if (goes_on) {
        learn(attempt, source);
    } else {
        // A session's attempts are counted; of an address nobody can tell whose they are.
        const bool is_same = event.session || event.time - attempt.last < kChain;
        attempt = Attempt{.first = event.time,
                          .before = is_same ? attempt.databases : std::vector<NameMark>(),
                          .mechanism = event.mechanism,
                          .number = is_same ? attempt.number + 1 : 1};
    }
    attempt.last = event.time;
    attempt.databases.push_back(database_of(event));
    attempt.lines.push_back(line);
    attempt.is_unknown_user = attempt.is_unknown_user && event.is_unknown_user;
    return goes_on;
}

void Chains::count(const Event& event)
{
    if (!is_refusal(event)) return;
    const auto found = attempts_.find(key_of(event, event.reporter, event.session.has_value()));
    if (found != attempts_.end()) found->second.counted = event;
}

void Chains::learn(const Attempt& attempt, std::uint32_t source)
{
    for (const NameMark database : attempt.databases)
        if (passed_on_.size() < kMostPassedOn) passed_on_.insert({source, database});
}

bool Chains::is_passed_on(const Event& event, std::uint32_t source) const
{
    return event.database && passed_on_.contains({source, *event.database});
}

bool Chains::may_be_withdrawn(const Attempt& attempt, const Event& login, Reporter reporter,
                              bool has_session, std::uint32_t source) const
{
    if (attempt.databases.empty() || login.time < attempt.first) return false;
    if (!is_only_or_shorter(attempt)) return false;
    const bool is_certain = has_session && attempt.is_unknown_user;
    if (login.time - attempt.last >= (is_certain ? kSlowest : kChain)) return false;
    // A module of PAM and the next one answer for one database of Dovecot's, and a wrong password
    // is held back for longer than this.
    return attempt.is_unknown_user || reporter == Reporter::module ||
           std::all_of(attempt.databases.begin(), attempt.databases.end(), [&](NameMark database) {
               return passed_on_.contains({source, database});
           });
}

std::optional<Chains::Withdrawn> Chains::accept(const Event& login, std::uint32_t source)
{
    if (login.kind != EventKind::auth_success || !login.account || attempts_.empty())
        return std::nullopt;
    std::optional<Withdrawn> withdrawn;
    const bool has_session = login.session.has_value();
    for (const Reporter reporter : {Reporter::back_end, Reporter::module}) {
        const bool by_session = has_session && reporter == Reporter::back_end;
        const auto found = attempts_.find(key_of(login, reporter, by_session));
        if (found == attempts_.end()) continue;
        Attempt& attempt = found->second;
        if (!may_be_withdrawn(attempt, login, reporter, by_session, source)) continue;
        if (by_session && attempt.is_unknown_user) learn(attempt, source);
        if (!withdrawn) withdrawn.emplace();
        if (!withdrawn->counted) withdrawn->counted = std::move(attempt.counted);
        withdrawn->lines.insert(withdrawn->lines.end(), attempt.lines.begin(), attempt.lines.end());
        // The key stays, for order_ has it; nothing more can be withdrawn by it.
        attempt = Attempt{.first = attempt.first, .last = attempt.last, .number = attempt.number};
    }
    return withdrawn;
}

}  // namespace mailban
