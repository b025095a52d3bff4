#include "mailban/detect/judge.h"

#include "mailban/detect/password_tag.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"

#include <algorithm>

namespace mailban {

namespace {

constexpr Duration kDay = std::chrono::days(1);
constexpr std::size_t kMostIncidents = 100;
constexpr std::size_t kAccountsWatched = 100'000;
// What one stranger is excused for by outages in a day.
constexpr std::uint32_t kExcusedFailures = 50;
constexpr std::uint32_t kExcusedAccounts = 4;
// A client that failed so lately is no witness of an outage.
constexpr Duration kDoubtFor = Outage::kDoubtFor;
constexpr std::uint32_t kMostLogins = 64;

constexpr WindowTable::Counts kFirst{1};
constexpr WindowTable::Counts kBoth{3};

constexpr const char* kKnownUser = "known-user";

Rule rule_of(const char* name, std::uint32_t limit, Duration within, std::optional<Duration> ban)
{
    Rule rule;
    rule.name = name;
    rule.limit = limit;
    rule.within = within;
    rule.ban = ban;
    return rule;
}

WindowTable watch_excused(std::uint64_t hash_seed)
{
    const auto stays = WindowTable::OnceTripped::stays;
    return WindowTable({{kExcusedFailures, kDay, WindowTable::Counted::events, stays},
                        {kExcusedAccounts, kDay, WindowTable::Counted::values, stays}},
                       kAccountsWatched, hash_seed);
}

WindowTable watch_networks(const HijackSettings& hijack, std::uint64_t hash_seed)
{
    return WindowTable({{hijack.networks, hijack.within, WindowTable::Counted::values,
                         WindowTable::OnceTripped::stays}},
                       kAccountsWatched, hash_seed);
}

}  // namespace

std::string to_string(const Offence& offence)
{
    return offence.why.empty() ? limit_text(*offence.rule, offence.limit) : offence.why;
}

std::string to_string(const Incident& incident, const Zone& zone)
{
    if (incident.kind == Incident::Kind::shared_address)
        return "guesses from the shared address " + incident.ip.to_string() + ", " +
               plural(incident.events, "failure", "failures") +
               " at accounts that were never used from there, since " +
               local_text(incident.first, zone) +
               "; it is not banned, because several accounts log in from it";
    const bool stale = incident.kind == Incident::Kind::stale_password;
    std::string text = stale ? "stale password: " : "hijacked account? ";
    text += incident.account;
    text += stale ? " from " + incident.ip.to_string() + ", a client that has used it before, " +
                        plural(incident.events, "failure", "failures")
                  : " logs in from many networks, the last one " + incident.ip.to_string();
    return text + " since " + local_text(incident.first, zone);
}

Judge::Judge(std::vector<Rule> rules, const JudgeSettings& settings, std::size_t tracked,
             PrefixLengths client, std::uint64_t hash_seed)
    : settings_(settings),
      tracked_(tracked),
      client_(client),
      hash_seed_(hash_seed),
      detector_(std::move(rules), tracked, hash_seed, client),
      learning_(settings.trust ? settings.trust->learning : Duration{}),
      offended_(kAccountsWatched, hash_seed),
      shared_({{settings.trust.value_or(TrustSettings{}).shared_limit, kDay,
                WindowTable::Counted::marks, WindowTable::OnceTripped::stays}},
              kAccountsWatched, hash_seed),
      failed_(tracked, hash_seed),
      excused_(watch_excused(hash_seed)),
      networks_(watch_networks(settings.hijack.value_or(HijackSettings{}), hash_seed))
{
    if (settings.trust) {
        const TrustSettings& trust = *settings.trust;
        trust_.emplace(trust, client, hash_seed);
        known_.emplace(trust, client, hash_seed);
        known_rule_ = rule_of(kKnownUser, trust.limit, trust.within, trust.ban);
        guest_rule_ = rule_of(kKnownUser, trust.neighbour_limit, trust.neighbour_within, trust.ban);
        // As long as a stranger is out who takes part in what many addresses do.
        fourfold_rule_ = rule_of(kKnownUser, KnownFailures::kFourfold * trust.neighbour_limit,
                                 trust.neighbour_within, trust.neighbour_within);
        stale_rule_ = rule_of("stale-password", trust.stale_limit, trust.stale_within, trust.ban);
        shared_rule_ = rule_of("shared-address", trust.shared_limit, kDay, trust.ban);
    }
    if (settings.trust && settings.storm) {
        storm_.emplace(*settings.storm, hash_seed);
        storm_rule_ = rule_of("storm", 1, settings.storm->within, settings.storm->ban);
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

std::optional<Timestamp> Judge::outage_ended() const noexcept
{
    return outage_ ? outage_->ended() : std::nullopt;
}

bool Judge::outlasts_outage(const Rule& rule) const noexcept
{
    return &rule != &known_rule_ && &rule != &guest_rule_ && &rule != &fourfold_rule_ &&
           &rule != &stale_rule_;
}

std::uint32_t Judge::users_at(const IpAddress& ip, Timestamp at) const
{
    return trust() != nullptr ? trust()->users_at(ip, at) : 0;
}

std::uint32_t Judge::scale_for(std::uint32_t users) noexcept
{
    return std::clamp(users, 1U, WindowTable::kMostScale);
}

std::uint32_t Judge::scale_of(const IpAddress& ip, Timestamp at) const
{
    return scale_for(users_at(ip, at));
}

bool Judge::has_user_in(const Prefix& block, Timestamp at) const
{
    return trust() != nullptr && trust()->has_user_in(block, at);
}

void Judge::restore(const KnownLogin& login)
{
    if (trust_) trust_->restore(login);
    learning_.restore(login.since, login.last);
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
    if (known_) known_->set_back(at);
    for (LastSeen* const seen : {&offended_, &failed_})
        seen->set_back(at);
    for (WindowTable* const windows : {&shared_, &excused_, &networks_})
        windows->set_back(at);
    if (outage_) outage_->set_back(at);
    if (storm_) storm_->set_back(at);
    learning_.set_back(at);
}

Verdict Judge::observe(const Event& event, std::uint32_t attempts, Timestamp at)
{
    Verdict verdict;
    if (outage_) outage_->advance(at);
    // By the time of events, not by the clock: an old log may be read in a moment.
    if (storm_) storm_->advance(at);
    learning_.note(at);
    switch (event.kind) {
    case EventKind::auth_success: judge_login(event, attempts, at, verdict); break;
    case EventKind::auth_unavailable: judge_unavailable(event, attempts, at, verdict); break;
    default: judge_failure(event, attempts, at, verdict); return verdict;
    }
    for (const Rule* rule : detector_.observe(event, attempts, at))
        verdict.offences.push_back({rule, rule->limit});
    return verdict;
}

void Judge::learn_password(const Event& event, std::uint32_t attempts, Timestamp at)
{
    detector_.learn_password(event, attempts, at);
    if (known_) known_->learn_password(event, attempts, at);
}

void Judge::withdraw(const Event& failure)
{
    const auto account = failure.account ? account_key(*failure.account, hash_seed_) : IpAddress{};
    const auto network = settings_.trust.value_or(TrustSettings{}).network.block_of(failure.ip);
    detector_.withdraw(failure, network);
    if (known_) known_->withdraw(failure);
    if (outage_) outage_->withdraw(failure.ip, account, failure.time);
    if (storm_) storm_->forget(client_of(failure));
    failed_.take_back(client_of(failure), failure.time);
    excused_.take_back(client_of(failure), distinct_value(account, hash_seed_), failure.time);
}

IpAddress Judge::client_of(const Event& event) const
{
    return client_.block_of(event.ip).base();
}

void Judge::judge_login(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict)
{
    // One record may stand for many; beyond some dozens more make no difference.
    for (std::uint32_t login = 0; outage_ && login < std::clamp(attempts, 1U, kMostLogins); ++login)
        outage_->note_login(at);
    learning_.note_login(at);
    if (storm_) storm_->note_login(client_of(event));
    if (!event.account) return;
    if (!known_ || known_->may_forgive(event, at)) {
        const std::uint32_t forgiven = detector_.forgive(event.ip, *event.account, at);
        if (known_) known_->forgive(event, at, forgiven);
    }
    if (trust_) verdict.learned = trust_->learn(event.ip, *event.account, at);
    if (!settings_.hijack) return;
    const IpAddress network = settings_.hijack->network.block_of(event.ip).base();
    const bool many = networks_
                          .hit(account_key(*event.account, hash_seed_),
                               distinct_value(network, hash_seed_), at, kFirst)
                          .any();
    if (many) verdict.incident = note_incident(Incident::Kind::hijacked_account, event, at);
}

Familiarity Judge::familiarity(const Event& event, Timestamp at) const
{
    if (trust() == nullptr) return Familiarity::stranger;
    if (event.account) return trust()->familiarity(event.ip, *event.account, at);
    // Nobody can tell whose failure it is: such a client is no stranger, and not beyond suspicion.
    return trust()->is_user(event.ip, at) ? Familiarity::neighbour : Familiarity::stranger;
}

bool Judge::has_failed_lately(const Event& event, Timestamp at) const
{
    if (leaned_on_ != nullptr && leaned_on_->has_failed_lately(event, at)) return true;
    return failed_.holds(client_of(event), at, kDoubtFor);
}

// A server gives up waiting for its back end where that delays a client that has guessed: the
// password was compared all the same. Of anybody else it is a sign of an outage.
void Judge::judge_unavailable(const Event& event, std::uint32_t attempts, Timestamp at,
                              Verdict& verdict)
{
    const bool has_failed = has_failed_lately(event, at) || detector_.suspects(event.ip, at);
    if (!has_failed && outage_) outage_->note_unavailable(event.ip, at);
    if (!has_failed || !event.unanswered || familiarity(event, at) == Familiarity::known) return;
    Event failure = event;
    failure.kind = EventKind::auth_failure;
    judge_failure(failure, attempts, at, verdict);
    verdict.is_guess = true;
}

void Judge::judge_failure(const Event& event, std::uint32_t attempts, Timestamp at,
                          Verdict& verdict)
{
    const bool is_password = event.kind == EventKind::auth_failure;
    if (outage_ && is_password) {
        outage_->note_failure(event.ip, at);
        const bool is_kept = leaned_on_ != nullptr && keeps_failures_like(*leaned_on_);
        if (!is_kept) failed_.note(client_of(event), at);
    }
    const Familiarity who = familiarity(event, at);
    // What a program with wrong settings does says nothing about its user's password: the rules
    // alone have limits for it, as many times as high as the client has users.
    const bool is_abuse = event.kind == EventKind::abuse;
    if (who == Familiarity::stranger || is_abuse || !detector_.concerns(event.kind))
        return judge_stranger(event, attempts, at, verdict);
    const bool is_known = who == Familiarity::known;
    if (!is_known && is_password) return judge_guest(event, attempts, at, verdict);
    if (is_known && outage_ && is_password) {
        const auto how =
            known_->is_stale(event) ? Outage::Failing::goes_on : Outage::Failing::begins;
        outage_->note_failing_user(event.ip, account_key(*event.account, hash_seed_), how, at);
    }
    judge_user(event, attempts, at, is_known, verdict);
}

void Judge::judge_stranger(const Event& event, std::uint32_t attempts, Timestamp at,
                           Verdict& verdict)
{
    // The owner of an account under attack who mistypes once somewhere else is no part of it.
    const bool is_suspected = detector_.suspects(event.ip, at);
    const bool is_first =
        attempts == 1 && !is_suspected && !detector_.has_failed_at_account(event, at);
    const bool is_password = event.kind == EventKind::auth_failure;
    const std::uint32_t users = users_at(event.ip, at);
    const bool has_users = is_password && are_many(users);
    const std::uint32_t scale = scale_for(users);
    const Knowledge knows = knowledge(event.ip, at);
    bool is_spared = false;
    for (const Rule* rule : detector_.observe(event, attempts, at, scale, knows, is_suspected)) {
        const bool by_account = rule->by == CountBy::account;
        if (by_account && is_first) continue;
        if (has_users && rule->by != CountBy::subnet) {
            is_spared = true;
            continue;
        }
        verdict.offences.push_back({rule, limit_of(*rule, event.ip, at)});
        if (knows == Knowledge::learning && rule->by == CountBy::ip)
            offended_.note(client_of(event), at);
    }
    if (has_users) judge_shared(event, attempts, at, is_spared, verdict);
    if (is_password) note_stranger(event, at);
    verdict.is_inexcusable = event.kind == EventKind::auth_failure && outage() != nullptr &&
                             is_excuse_used_up(event, attempts, at, scale);
}

bool Judge::is_excuse_used_up(const Event& event, std::uint32_t attempts, Timestamp at,
                              std::uint32_t scale)
{
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    return excused_
        .hit(client_of(event), distinct_value(account, hash_seed_), at, kBoth, attempts, scale)
        .any();
}

// A neighbour, or a user whose failure names no account.
void Judge::judge_guest(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict)
{
    const std::uint32_t scale = scale_of(event.ip, at);
    const Prefix network = settings_.trust->network.block_of(event.ip);
    for (const Rule* rule : detector_.observe_neighbour(event, at, network))
        verdict.offences.push_back({rule, rule->limit * WindowTable::kMostScale});
    // The network of a carrier gives any of its addresses to any of its customers.
    if (event.account && trust()->roams(event.ip, *event.account, at)) {
        if (known_->note_roamer(event, attempts, at))
            verdict.offences.push_back({&stale_rule_, stale_rule_.limit});
        return;
    }
    const auto reached =
        known_->note_guest(event, attempts, at, scale, trust()->is_user(event.ip, at));
    if (reached == KnownFailures::GuestLimit::single)
        verdict.offences.push_back({&guest_rule_, guest_rule_.limit * scale});
    if (reached == KnownFailures::GuestLimit::fourfold)
        verdict.offences.push_back(
            {&fourfold_rule_, fourfold_rule_.limit * (event.account ? 1 : scale)});
}

void Judge::judge_user(const Event& event, std::uint32_t attempts, Timestamp at, bool is_known,
                       Verdict& verdict)
{
    // Behind a shared address others fail elsewhere, and a device with an old password is one of
    // many: only more than devices try is too much.
    const bool has_others = is_known && is_shared(event.ip, at);
    const std::uint32_t scale = has_others ? WindowTable::kMostScale : scale_of(event.ip, at);
    const auto reached = known_->note_user(event, attempts, at, scale);
    const bool is_stale = is_known && (has_others || !detector_.suspects(event.ip, at));
    if (reached.limit && (has_others || !is_stale))
        verdict.offences.push_back({&known_rule_, known_rule_.limit * scale});
    if (reached.stale_limit && !has_others)
        verdict.offences.push_back({&stale_rule_, stale_rule_.limit});
    if (reached.incident && is_stale && event.kind == EventKind::auth_failure)
        verdict.incident = note_incident(Incident::Kind::stale_password, event, at);
}

// The incident where it is new; one that goes on is only noted.
std::optional<Incident> Judge::note_incident(Incident::Kind kind, const Event& event, Timestamp at)
{
    const bool by_ip = kind != Incident::Kind::hijacked_account;
    const bool by_account = kind != Incident::Kind::shared_address;
    const std::string account = by_account ? shown_account(*event.account) : std::string();
    const auto known = std::find_if(incidents_.begin(), incidents_.end(), [&](const Incident& one) {
        return one.kind == kind && one.account == account && (!by_ip || one.ip == event.ip);
    });
    Incident incident{kind, event.ip, account, at, at, by_ip ? KnownFailures::kStaleAfter : 1};
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
