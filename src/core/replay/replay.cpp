#include "mailban/replay/replay.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

namespace mailban {

namespace {

// An address that logged in, and when first and last.
struct Customer {
    IpAddress ip{};
    Timestamp first{};
    Timestamp last{};
};

// Those of `customers`, which are in order, that are within the prefix.
std::pair<std::size_t, std::size_t> range_within(const std::vector<Customer>& customers,
                                                 const Prefix& prefix)
{
    const auto begin =
        std::partition_point(customers.begin(), customers.end(),
                             [&](const Customer& customer) { return customer.ip < prefix.base(); });
    const auto end = std::partition_point(begin, customers.end(), [&](const Customer& customer) {
        return prefix.contains(customer.ip);
    });
    return {begin - customers.begin(), end - customers.begin()};
}

// The sums of one rule while its bans are counted.
struct RuleSums {
    RuleToll toll{};
    std::set<Prefix> prefixes{};
    std::set<std::size_t> customers{};  // their places
};

// Whom these bans hit, in each of them and by rule; returns the sums of all.
RuleSums sum_up(std::vector<ReplayedBan>& bans, const std::vector<Customer>& customers,
                bool are_observed, std::vector<RuleToll>& tolls)
{
    RuleSums all;
    std::map<std::string, RuleSums> rules;
    for (auto& [ban, decided, lengthens, earlier, later] : bans) {
        RuleSums& sums = rules[ban.rule];
        ++sums.toll.bans;
        if (lengthens) ++sums.toll.lengthened;
        sums.prefixes.insert(ban.prefix);
        all.prefixes.insert(ban.prefix);
        const auto [begin, end] = range_within(customers, ban.prefix);
        for (auto place = begin; place < end; ++place) {
            sums.customers.insert(place);
            all.customers.insert(place);
            earlier = earlier || customers[place].first <= decided;
            later = later || customers[place].last > decided;
        }
    }
    for (auto& [name, sums] : rules) {
        sums.toll.rule = name;
        sums.toll.is_observed = are_observed;
        sums.toll.prefixes = sums.prefixes.size();
        sums.toll.customers = sums.customers.size();
        tolls.push_back(std::move(sums.toll));
    }
    return all;
}

}  // namespace

Replay::Replay(const ReplaySettings& settings, std::size_t room)
    : engine_(settings.config, settings.allow, settings.hash_seed),
      room_(std::max<std::size_t>(room, 2)),
      clients_(0, SeededHash{settings.hash_seed})
{
    engine_.set_own_addresses(settings.own);
    engine_.expect_no_questions();
    if (settings.old_logs) engine_.expect_old_logs(*settings.old_logs);
}

std::uint32_t Replay::observe(const Event& event, std::uint32_t source)
{
    ++found_.events;
    found_.first = std::min(found_.first.value_or(event.time), event.time);
    found_.last = std::max(found_.last.value_or(event.time), event.time);
    // Backwards, too: one stamp out of a far year must not stop the time for all that follow.
    const auto due = engine_.advance(event.time);
    note_bans(due, event.time, std::nullopt);
    const bool is_shut_out = engine_.is_shut_out(event);
    const auto repeated = engine_.counters().repeated;
    const auto implausible = engine_.counters().implausible_timestamps;
    const auto effects = engine_.observe(event, source, Arrival::backlog, event.time);
    note_effects(event, is_shut_out ? Door::shut : Door::open, effects);
    if (engine_.counters().implausible_timestamps != implausible) return 0;
    return event.attempts - static_cast<std::uint32_t>(engine_.counters().repeated - repeated);
}

void Replay::note_effects(const Event& event, Door door, const Effects& effects)
{
    for (const auto& effect : effects) {
        const auto* const record = effect_as<RecordEvent>(effect);
        if (record == nullptr || record->counted == 0) continue;
        // A failure is preceded by the logins that were only added up (LoginTally).
        if (record->event.kind != event.kind) continue;
        if (event.kind == EventKind::auth_success) note_login(event, door);
        if (event.kind == EventKind::auth_failure) note_guesses(event.ip, record->counted, door);
    }
    note_bans(effects, event.time, event.ip);
}

// `offender`: who broke the rule; nullopt: each ban's own first address.
void Replay::note_bans(const Effects& effects, Timestamp decided,
                       const std::optional<IpAddress>& offender)
{
    bool begins = false;  // the offender is remembered right before a ban that begins
    for (const auto& effect : effects) {
        if (effect_as<RecordOffender>(effect) != nullptr) begins = true;
        const auto* record = effect_as<RecordBan>(effect);
        if (record == nullptr) continue;
        if (record->ban.origin == BanOrigin::observed)
            note_observed(record->ban, decided);
        else
            note_ban(record->ban, offender.value_or(record->ban.prefix.base()), decided,
                     !std::exchange(begins, false));
    }
}

void Replay::note_login(const Event& event, Door door)
{
    if (door == Door::shut) ++found_.logins_barred;
    Client& row = client(event.ip);
    const bool is_first = row.logins++ == 0;
    row.first_login = is_first ? event.time : std::min(row.first_login, event.time);
    row.last_login = is_first ? event.time : std::max(row.last_login, event.time);
}

void Replay::note_guesses(const IpAddress& ip, std::uint32_t guesses, Door door)
{
    if (engine_.trusted_as(Prefix::host(ip))) return;
    found_.guesses += guesses;
    (door == Door::shut ? found_.prevented : found_.through) += guesses;
    Client& row = client(ip);
    if (door == Door::shut) row.was_banned = true;
    if (door == Door::shut) {
        row.prevented += guesses;
    } else {
        (row.was_banned ? row.between : row.before) += guesses;
    }
}

void Replay::note_ban(const Ban& ban, const IpAddress& offender, Timestamp decided, bool lengthens)
{
    Client& row = client(offender);
    row.was_banned = true;
    ++row.bans;
    if (found_.bans.size() >= kMostBans) {
        ++found_.unlisted_bans;
        return;
    }
    found_.bans.push_back({.ban = ban, .decided = decided, .lengthens = lengthens});
}

// It shut nobody out, so no client has it.
void Replay::note_observed(const Ban& ban, Timestamp decided)
{
    if (found_.observed.size() >= kMostBans) return;
    found_.observed.push_back({.ban = ban, .decided = decided, .lengthens = ban.since != decided});
}

Replay::Client& Replay::client(const IpAddress& ip)
{
    if (const auto found = clients_.find(ip); found != clients_.end()) return found->second;
    if (clients_.size() >= room_) make_room();
    return clients_[ip];
}

// Half of the clients go: the least guilty, of equals those of the highest address, and of all
// first those that never logged in.
void Replay::make_room()
{
    using Weight = std::tuple<bool, std::uint64_t, IpAddress>;
    const auto weight_of = [](const auto& entry) {
        return Weight{entry.second.logins > 0, entry.second.guesses(), entry.first};
    };
    std::vector<Weight> weights;
    weights.reserve(clients_.size());
    for (const auto& entry : clients_)
        weights.push_back(weight_of(entry));
    const auto middle = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 2);
    std::nth_element(weights.begin(), middle, weights.end());
    found_.forgotten_clients += boost::unordered::erase_if(
        clients_, [&](const auto& entry) { return weight_of(entry) < *middle; });
}

ReplayResult Replay::outcome(std::size_t top) const
{
    ReplayResult outcome = found_;
    outcome.deferred_bans = engine_.counters().deferred_bans;
    outcome.skipped_subnet_bans = engine_.counters().skipped_subnet_bans;
    judge_bans(outcome);
    list_clients(outcome, top);
    return outcome;
}

void Replay::judge_bans(ReplayResult& outcome) const
{
    std::vector<Customer> customers;
    for (const auto& [ip, row] : clients_)
        if (row.logins > 0) customers.push_back({ip, row.first_login, row.last_login});
    std::sort(customers.begin(), customers.end(),
              [](const Customer& a, const Customer& b) { return a.ip < b.ip; });
    const RuleSums all = sum_up(outcome.bans, customers, false, outcome.rules);
    // Bans that were only observed are judged by themselves: they are part of no total.
    sum_up(outcome.observed, customers, true, outcome.rules);
    outcome.prefixes = all.prefixes.size();
    outcome.customers = customers.size();
    outcome.customers_hit = all.customers.size();
    std::stable_sort(outcome.rules.begin(), outcome.rules.end(),
                     [](const RuleToll& a, const RuleToll& b) { return a.bans > b.bans; });
}

void Replay::list_clients(ReplayResult& outcome, std::size_t top) const
{
    std::vector<std::pair<std::uint64_t, IpAddress>> order;
    for (const auto& [ip, row] : clients_)
        if (row.guesses() > 0) order.emplace_back(row.guesses(), ip);
    outcome.guessing_clients = order.size();
    top = std::min(top, order.size());
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(top);
    std::partial_sort(order.begin(), end, order.end(), [](const auto& a, const auto& b) {
        return std::tie(b.first, a.second) < std::tie(a.first, b.second);
    });
    order.resize(top);
    for (const auto& [guesses, ip] : order) {
        const Client& row = clients_.at(ip);
        outcome.clients.push_back(
            {ip, row.before, row.between, row.prevented, row.logins, row.bans});
    }
}

}  // namespace mailban
