#include "mailban/detect/detector.h"

#include "mailban/detect/password_tag.h"

#include <algorithm>
#include <limits>

namespace mailban {

namespace {

// Blocks and accounts are fewer than clients that guess passwords, and so are clients that do other
// things; but some there are.
constexpr std::size_t kGuessersAKey = 8;
constexpr std::size_t kFewestKeys = 1000;
// Blocks with a client that failed more than once are fewer still: what is forgotten of them makes
// a rule by subnet as lenient as it was before.
constexpr std::size_t kClientsARepeatedBlock = 32;
// Of the clients of a block that failed more than once, so many are told apart.
constexpr std::uint32_t kRepeatedClients = 8;

WindowTable::Counted counted_of(Distinct distinct)
{
    if (distinct == Distinct::none) return WindowTable::Counted::events;
    return distinct == Distinct::password ? WindowTable::Counted::marks
                                          : WindowTable::Counted::values;
}

}  // namespace

WindowTable::Count Detector::count_of(const Rule& rule)
{
    using OnceTripped = WindowTable::OnceTripped;
    const bool by_account = rule.by == CountBy::account;
    return {.limit = rule.limit,
            .within = rule.within,
            .of = counted_of(rule.distinct),
            .then = by_account ? OnceTripped::stays : OnceTripped::starts_anew,
            // One password that many try at one account is one guess.
            .mask = by_account && rule.distinct == Distinct::password ? kPassword
                                                                      : ~WindowTable::Value{}};
}

Detector::Detector(std::vector<Rule> rules, std::size_t tracked, std::uint64_t hash_seed,
                   PrefixLengths client)
    : rules_(std::move(rules)), tracked_(tracked), hash_seed_(hash_seed), client_(client)
{
    add_groups(tracked);
}

Detector::TagKind Detector::tag_kind(const Rule& rule) noexcept
{
    if (rule.distinct == Distinct::password) return TagKind::password;
    if (rule.by == CountBy::account || rule.distinct == Distinct::address) return TagKind::client;
    if (rule.by == CountBy::ip || rule.distinct == Distinct::account) return TagKind::account;
    return TagKind::both;
}

// The kinds are those of all rules that share one with this rule, or with one that does, and so on:
// each event belongs to one scope of those that differ in nothing else.
Detector::Scope Detector::scope_of(const Rule& rule) const
{
    const auto lengths_of = [this](const Rule& one) {
        return one.by == CountBy::subnet ? one.subnet : client_;
    };
    Scope scope{rule.on, rule.by, lengths_of(rule), tag_kind(rule)};
    for (EventKinds before; before != scope.on;) {
        before = scope.on;
        for (const Rule& other : rules_) {
            const bool differs = other.by != scope.by || lengths_of(other) != scope.lengths ||
                                 tag_kind(other) != scope.tag;
            if (!differs && other.on.overlaps(scope.on)) scope.on.insert(other.on);
        }
    }
    return scope;
}

void Detector::add_groups(std::size_t tracked)
{
    struct Members {
        Scope scope{};
        std::vector<std::size_t> rules{};
    };
    std::vector<Members> all;
    for (std::size_t index = 0; index < rules_.size(); ++index) {
        const Scope scope = scope_of(rules_[index]);
        const auto fits = [&](const Members& other) {
            return other.scope == scope && other.rules.size() < WindowTable::kFewCounts;
        };
        auto members = std::find_if(all.begin(), all.end(), fits);
        if (members == all.end()) members = all.insert(all.end(), {scope, {}});
        members->rules.push_back(index);
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Members& a, const Members& b) { return a.scope.by < b.scope.by; });
    for (auto& [scope, indexes] : all) {
        std::vector<WindowTable::Count> counts;
        counts.reserve(indexes.size());
        for (const auto index : indexes)
            counts.push_back(count_of(rules_[index]));
        const bool are_guessers =
            scope.by == CountBy::ip && scope.on.contains(EventKind::auth_failure);
        const auto share = std::max(tracked / kGuessersAKey, std::min(tracked, kFewestKeys));
        const auto capacity = are_guessers ? tracked : share;
        groups_.push_back(
            {scope, std::move(indexes), {}, WindowTable(std::move(counts), capacity, hash_seed_)});
        track_repeated(groups_.back());
    }
}

void Detector::track_repeated(Group& group) const
{
    for (const auto index : group.rules)
        if (index != kNoRule && rules_[index].single_limit)
            group.repeated_within = std::max(group.repeated_within, rules_[index].within);
    if (group.repeated_within == Duration::zero()) return;
    group.repeated.emplace(std::vector<WindowTable::Count>{{kRepeatedClients, group.repeated_within,
                                                            WindowTable::Counted::values,
                                                            WindowTable::OnceTripped::stays}},
                           std::max<std::size_t>(tracked_ / kClientsARepeatedBlock, 1), hash_seed_);
}

bool Detector::concerns(EventKind kind) const noexcept
{
    return std::any_of(rules_.begin(), rules_.end(),
                       [kind](const Rule& rule) { return rule.on.contains(kind); });
}

Detector::CountedAttempt Detector::counted_attempt(const IpAddress& ip,
                                                   std::optional<std::string_view> account) const
{
    CountedAttempt counted_attempt{.ip = ip, .client = client_.block_of(ip).base()};
    if (account) counted_attempt.account = account_key(*account, hash_seed_);
    return counted_attempt;
}

IpAddress Detector::key_of(const Group& group, const CountedAttempt& counted_attempt) const
{
    if (group.by == CountBy::account) return *counted_attempt.account;
    return group.by == CountBy::ip ? counted_attempt.client
                                   : group.lengths.block_of(counted_attempt.ip).base();
}

WindowTable::Value Detector::distinct_value(const Group& group,
                                            const CountedAttempt& counted_attempt) const
{
    if (group.tag == TagKind::client)
        return mailban::distinct_value(counted_attempt.client, hash_seed_);
    const IpAddress account = counted_attempt.account.value_or(IpAddress{});
    if (group.tag == TagKind::password) return try_of(group, counted_attempt);
    if (group.tag == TagKind::account) return mailban::distinct_value(account, hash_seed_);
    return mailban::distinct_value(pair_key(counted_attempt.client, account, hash_seed_),
                                   hash_seed_);
}

// Who tried is the half by which it can be forgiven.
WindowTable::Value Detector::try_of(const Group& group, const CountedAttempt& counted_attempt) const
{
    const bool by_account = group.by == CountBy::account;
    const IpAddress who =
        by_account ? counted_attempt.client : counted_attempt.account.value_or(IpAddress{});
    return password_tag(who, counted_attempt.password, hash_seed_);
}

WindowTable::Counts Detector::Group::counts() const noexcept
{
    WindowTable::Counts which;
    for (std::size_t at = 0; at < rules.size(); ++at)
        if (rules[at] != kNoRule) which.set(at);
    return which & ~left_out;
}

WindowTable::Counts Detector::Group::note(const IpAddress& key, WindowTable::Value what,
                                          Timestamp at, WindowTable::Counts which,
                                          const WindowTable::Times& times,
                                          const WindowTable::Limits& limits)
{
    if (lent != nullptr) return lent->recall_within(key, what, at, which, times, limits);
    return own.hit_within(key, what, at, which, times, limits);
}

// The counts of a group to which an event of this kind belongs.
WindowTable::Counts Detector::counting(const Group& group, EventKind kind, bool has_account) const
{
    WindowTable::Counts which;
    if (!group.on.contains(kind)) return which;
    for (std::size_t i = 0; i < group.rules.size(); ++i) {
        if (group.rules[i] == kNoRule) continue;
        const Rule& rule = rules_[group.rules[i]];
        const bool needs_account =
            rule.by == CountBy::account || rule.distinct == Distinct::account;
        if (rule.on.contains(kind) && (has_account || !needs_account)) which.set(i);
    }
    return which & ~group.left_out;
}

WindowTable::Times Detector::weighed(const Group& group, EventKind kind,
                                     std::uint32_t attempts) const
{
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    WindowTable::Times times{};
    for (std::size_t i = 0; i < group.rules.size(); ++i) {
        if (group.rules[i] == kNoRule) continue;
        const std::uint64_t weight = rules_[group.rules[i]].weights.of(kind);
        times[i] = static_cast<std::uint32_t>(std::min(kMost, weight * attempts));
    }
    return times;
}

std::vector<const Rule*> Detector::observe(const Event& event, std::uint32_t attempts, Timestamp at,
                                           std::uint32_t scale, Knowledge knowledge,
                                           std::optional<bool> is_suspected)
{
    std::vector<const Rule*> tripped;
    if (!concerns(event.kind)) return tripped;
    CountedAttempt done = counted_attempt(event.ip, event.account);
    if (done.account) done.password = event.password;
    const bool fails_again =
        attempts > 1 || (is_suspected ? *is_suspected : suspects(event.ip, at));
    for (Group& group : groups_) {
        const auto which = counting(group, event.kind, event.account.has_value());
        if (which.none()) continue;
        if (group.repeated && fails_again) note_repeated(group, done, at);
        const auto tripping = group.note(key_of(group, done), distinct_value(group, done), at,
                                         which, weighed(group, event.kind, attempts),
                                         limits_in(group, which, event.ip, at, scale, knowledge));
        for (std::size_t i = 0; i < group.rules.size(); ++i) {
            if (tripping.test(i)) tripped.push_back(&rules_[group.rules[i]]);
        }
    }
    std::sort(tripped.begin(), tripped.end());  // they lie in the order of the configuration
    return tripped;
}

void Detector::note_repeated(Group& group, const CountedAttempt& counted_attempt,
                             Timestamp at) const
{
    group.repeated->hit(key_of(group, counted_attempt),
                        mailban::distinct_value(counted_attempt.client, hash_seed_), at,
                        kOnlyCount);
}

WindowTable::Limits Detector::limits_in(const Group& group, WindowTable::Counts which,
                                        const IpAddress& ip, Timestamp at, std::uint32_t scale,
                                        Knowledge knowledge) const
{
    WindowTable::Limits limits{};
    for (std::size_t i = 0; i < group.rules.size(); ++i)
        if (which.test(i))
            limits[i] = limit_in(group, rules_[group.rules[i]], ip, at, scale, knowledge);
    return limits;
}

std::uint32_t Detector::limit_in(const Group& group, const Rule& rule, const IpAddress& ip,
                                 Timestamp at, std::uint32_t scale, Knowledge knowledge) const
{
    if (rule.by == CountBy::ip) scale = std::clamp(scale, 1U, WindowTable::kMostScale);
    std::uint32_t limit = rule.by == CountBy::ip ? rule.limit * scale : rule.limit;
    if (rule.by == CountBy::subnet && !ip.is_v4()) return limit;
    if (knowledge == Knowledge::learning && rule.learning_limit)
        limit = std::max(limit, *rule.learning_limit);
    if (rule.single_limit && group.repeated && *rule.single_limit > limit &&
        !group.repeated->holds(group.lengths.block_of(ip).base(), kOnlyCount, at))
        limit = *rule.single_limit;
    return limit;
}

std::uint32_t Detector::limit_of(const Rule& rule, const IpAddress& ip, Timestamp at,
                                 std::uint32_t scale, Knowledge knowledge) const
{
    for (const Group& group : groups_)
        for (const auto index : group.rules)
            if (index != kNoRule && &rules_[index] == &rule)
                return limit_in(group, rule, ip, at, scale, knowledge);
    return rule.limit;
}

bool Detector::counts_addresses(const Group& group) const
{
    return group.by != CountBy::ip && group.tag == TagKind::client;
}

std::vector<const Rule*> Detector::observe_neighbour(const Event& event, Timestamp at,
                                                     const Prefix& network)
{
    std::vector<const Rule*> tripped;
    if (!event.account) return tripped;
    const CountedAttempt done = counted_attempt(event.ip, event.account);
    const auto network_tag = mailban::distinct_value(network.base(), hash_seed_);
    const auto account_tag = mailban::distinct_value(*done.account, hash_seed_);
    WindowTable::Times once{};
    once.fill(1);
    for (Group& group : groups_) {
        const auto which = counting(group, event.kind, true);
        if (!counts_addresses(group) || which.none()) continue;
        const bool by_account = group.by == CountBy::account;
        const auto limits = group.windows().limits(by_account ? 1 : WindowTable::kMostScale);
        const auto tripping = group.note(
            key_of(group, done), by_account ? network_tag : account_tag, at, which, once, limits);
        for (std::size_t i = 0; i < group.rules.size(); ++i)
            if (tripping.test(i) && !by_account) tripped.push_back(&rules_[group.rules[i]]);
    }
    return tripped;
}

bool Detector::suspects(const IpAddress& ip, Timestamp at) const
{
    if (leaned_on_ != nullptr && leaned_on_->suspects(ip, at)) return true;
    const IpAddress client = client_.block_of(ip).base();
    return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
        if (group.by != CountBy::ip) return false;
        const auto which = counting(group, EventKind::auth_failure, true);
        return which.any() && group.windows().holds(client, which, at);
    });
}

std::vector<const Rule*> Detector::suspecting(const IpAddress& ip, Timestamp at) const
{
    std::vector<const Rule*> found;
    const IpAddress client = client_.block_of(ip).base();
    for (const Group& group : groups_) {
        if (group.by != CountBy::ip) continue;
        const auto which = counting(group, EventKind::auth_failure, true);
        for (std::size_t i = 0; i < group.rules.size(); ++i)
            if (which.test(i) && group.windows().holds(client, kOnlyCount << i, at))
                found.push_back(&rules_[group.rules[i]]);
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool Detector::was_ever_full() const noexcept
{
    return std::any_of(groups_.begin(), groups_.end(), [](const Group& group) {
        return group.by == CountBy::ip && group.own.was_ever_full();
    });
}

bool Detector::has_failed_at_account(const Event& event, Timestamp at) const
{
    if (!event.account) return false;
    const CountedAttempt done = counted_attempt(event.ip, event.account);
    return std::any_of(groups_.begin(), groups_.end(), [&](const Group& group) {
        if (group.by != CountBy::account) return false;
        const auto which = counting(group, EventKind::auth_failure, true);
        const auto alike = group.tag == TagKind::password ? kWho : ~WindowTable::Value{};
        return which.any() && group.windows().holds_value(
                                  *done.account, distinct_value(group, done), which, at, alike);
    });
}

std::vector<WindowCount> Detector::counts(const IpAddress& ip) const
{
    std::vector<WindowCount> counts;
    const CountedAttempt done = counted_attempt(ip, std::nullopt);
    std::size_t total = 0;
    for (const Group& group : groups_) {
        if (group.by == CountBy::account) continue;
        for (std::size_t i = 0; i < group.rules.size(); ++i) {
            if (group.rules[i] == kNoRule) continue;
            counts.push_back(
                {&rules_[group.rules[i]], group.windows().count(key_of(group, done), i)});
            total += counts.back().count;
        }
    }
    if (total == 0) return {};
    std::sort(counts.begin(), counts.end(),
              [](const WindowCount& a, const WindowCount& b) { return a.rule < b.rule; });
    return counts;
}

std::size_t Detector::tracked() const noexcept
{
    std::size_t most = 0;
    for (const Group& group : groups_) {
        if (group.by == CountBy::ip) most = std::max(most, group.own.size());
    }
    return most;
}

std::uint64_t Detector::evicted() const noexcept
{
    std::uint64_t evicted = evicted_before_;
    for (const Group& group : groups_)
        evicted += group.own.evicted();
    return evicted;
}

}  // namespace mailban
