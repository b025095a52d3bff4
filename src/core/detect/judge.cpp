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
// A failure without a name may be one at anybody's account.
constexpr std::uint32_t kUnnamedWeight = 2;
// What a summary says of the attempts before a connection's last is mostly one stale password,
// tried with two mechanisms.
constexpr std::uint32_t kSummaryPatience = 5;
constexpr std::uint32_t kGuestAccounts = 4;  // as many as `spraying` allows a stranger
constexpr std::uint32_t kClientsANetwork = 4;
// Failures of one client at one account that its logins forgive in a day. Behind a shared address
// the owner's logins would else forgive another's guesses without end.
constexpr std::uint32_t kForgiven = 20;
// What one stranger is excused for by one outage.
constexpr std::uint32_t kExcusedFailures = 50;
constexpr std::uint32_t kExcusedAccounts = 4;

enum UserCount : std::size_t { too_many, far_too_many, worth_telling };
constexpr Watch::Counts kBoth{3};
constexpr Watch::Counts kFirst{1};
constexpr Watch::Counts kThird{4};

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

Watch watch_guests(const TrustSettings& trust, std::uint64_t hash_seed)
{
    const auto stays = Watch::OnceTripped::stays;
    return Watch({{trust.neighbour_limit, trust.neighbour_within, Watch::Of::marks, stays},
                  {kGuestAccounts, kDay, Watch::Of::tags, stays, kWho},
                  {kSummaryPatience * trust.neighbour_limit, trust.neighbour_within,
                   Watch::Of::events, stays}},
                 kUsersWatched, hash_seed);
}

Watch watch_guest_networks(const TrustSettings& trust, std::uint64_t hash_seed)
{
    return Watch({{kClientsANetwork * trust.neighbour_limit, trust.neighbour_within,
                   Watch::Of::marks, Watch::OnceTripped::stays}},
                 kUsersWatched, hash_seed);
}

Watch watch_excused(std::uint64_t hash_seed)
{
    const auto stays = Watch::OnceTripped::stays;
    return Watch({{kExcusedFailures, kDay, Watch::Of::events, stays},
                  {kExcusedAccounts, kDay, Watch::Of::tags, stays}},
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
      guests_(watch_guests(settings.trust.value_or(TrustSettings{}), hash_seed)),
      guest_networks_(watch_guest_networks(settings.trust.value_or(TrustSettings{}), hash_seed)),
      forgiven_({{kForgiven, kDay, Watch::Of::events, Watch::OnceTripped::stays}}, kUsersWatched,
                hash_seed),
      failed_({{1, std::chrono::hours(1), Watch::Of::events, Watch::OnceTripped::stays}}, tracked,
              hash_seed),
      held_back_(watch_excused(hash_seed)),
      networks_(watch_networks(settings.hijack.value_or(HijackSettings{}), hash_seed))
{
    if (settings.trust) {
        const TrustSettings& trust = *settings.trust;
        trust_.emplace(trust, client, hash_seed);
        known_rule_ = rule_of("known-user", trust.limit, trust.within, trust.ban);
        guest_rule_ =
            rule_of("known-user", trust.neighbour_limit, trust.neighbour_within, trust.ban);
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

std::optional<Timestamp> Judge::outage_ended() const noexcept
{
    return outage_ ? outage_->ended() : std::nullopt;
}

bool Judge::outlasts_outage(const Rule& rule) const noexcept
{
    return &rule != &known_rule_ && &rule != &guest_rule_ && &rule != &stale_rule_;
}

std::uint32_t Judge::scale_of(const IpAddress& ip, Timestamp at) const
{
    return trust_ ? std::clamp(trust_->users_at(ip, at), 1U, Watch::kMostScale) : 1;
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
    for (Watch* const watch :
         {&users_, &guests_, &guest_networks_, &forgiven_, &failed_, &held_back_, &networks_})
        watch->set_back(at);
    if (outage_) outage_->set_back(at);
}

Verdict Judge::observe(const Event& event, std::uint32_t attempts, Timestamp at)
{
    Verdict verdict;
    if (outage_) outage_->advance(at);
    switch (event.kind) {
    case EventKind::auth_success: judge_login(event, at, verdict); break;
    case EventKind::auth_unavailable: judge_unavailable(event, attempts, at, verdict); break;
    default: judge_failure(event, attempts, at, verdict); return verdict;
    }
    for (const Rule* rule : detector_.observe(event, attempts, at))
        verdict.offences.push_back(rule);
    return verdict;
}

void Judge::tell_password(const Event& event, std::uint32_t attempts, Timestamp at)
{
    detector_.tell_password(event, attempts, at);
    if (!event.password) return;
    const auto retag = [&](Watch& watch, const IpAddress& key, const IpAddress& who) {
        const auto before = password_tag(who, std::nullopt, hash_seed_);
        const auto after = password_tag(who, event.password, hash_seed_);
        watch.retag(key, before, after, at - Detector::kSlack);
    };
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    const IpAddress network =
        settings_.trust ? settings_.trust->network.block_of(event.ip).base() : IpAddress{};
    for (std::uint32_t each = 0; each < attempts; ++each) {
        retag(users_, pair_of(event), IpAddress{});
        retag(guests_, client_of(event), account);
        retag(guest_networks_, network, account);
    }
}

IpAddress Judge::client_of(const Event& event) const
{
    return client_.block_of(event.ip).base();
}

IpAddress Judge::pair_of(const Event& event) const
{
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    return pair_key(client_of(event), account, hash_seed_);
}

// Whose password was tried, and which one.
Watch::Tag Judge::try_of(const Event& event) const
{
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    return password_tag(account, event.password, hash_seed_);
}

void Judge::judge_login(const Event& event, Timestamp at, Verdict& verdict)
{
    if (outage_) outage_->note_login(at);
    if (!event.account) return;
    forgive(event, at);
    if (trust_) verdict.learned = trust_->learn(event.ip, *event.account, at);
    if (!settings_.hijack) return;
    const IpAddress network = settings_.hijack->network.block_of(event.ip).base();
    const bool many =
        networks_
            .hit(account_key(*event.account, hash_seed_), tag_of(network, hash_seed_), at, kFirst)
            .any();
    if (many) verdict.incident = note_incident(Incident::Kind::hijacked_account, event, at);
}

bool Judge::may_forgive(const IpAddress& pair, Timestamp at) const
{
    const std::size_t before = forgiven_.holds(pair, kFirst, at) ? forgiven_.count(pair, 0) : 0;
    return before < kForgiven && before + users_.count(pair, far_too_many) <= kForgiven;
}

void Judge::forgive(const Event& event, Timestamp at)
{
    const IpAddress pair = pair_of(event);
    if (!may_forgive(pair, at)) return;
    std::uint32_t forgiven =
        users_.forgive(pair, 0, Watch::Counts().set(too_many).set(far_too_many), 0);
    forgiven += guests_.forgive(client_of(event), try_of(event), kBoth, kWho);
    forgiven += detector_.forgive(event.ip, *event.account, at);
    if (forgiven > 0) forgiven_.hit(pair, 0, at, kFirst, forgiven);
}

Familiarity Judge::familiarity(const Event& event, Timestamp at) const
{
    if (!trust_) return Familiarity::stranger;
    if (event.account) return trust_->familiarity(event.ip, *event.account, at);
    // Nobody can tell whose failure it is: such a client is no stranger, and not beyond suspicion.
    return trust_->is_user(event.ip, at) ? Familiarity::neighbour : Familiarity::stranger;
}

// A server gives up waiting for its back end where that delays a client that has guessed: the
// password was compared all the same. Of anybody else it is a sign of an outage.
void Judge::judge_unavailable(const Event& event, std::uint32_t attempts, Timestamp at,
                              Verdict& verdict)
{
    const bool has_failed =
        failed_.holds(client_of(event), kFirst, at) || detector_.suspects(event.ip, at);
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
        failed_.hit(client_of(event), 0, at, kFirst);
    }
    const Familiarity who = familiarity(event, at);
    if (who == Familiarity::stranger || !detector_.concerns(event.kind))
        return judge_stranger(event, attempts, at, verdict);
    const bool is_known = who == Familiarity::known;
    if (!is_known && is_password) return judge_guest(event, attempts, at, verdict);
    if (is_known && outage_ && is_password) {
        const bool goes_on = users_.count(pair_of(event), worth_telling) >= kStaleAfter;
        outage_->note_failing_user(event.ip, account_key(*event.account, hash_seed_),
                                   goes_on ? Outage::Failing::goes_on : Outage::Failing::begins,
                                   at);
    }
    judge_user(event, attempts, at, is_known, verdict);
}

void Judge::judge_stranger(const Event& event, std::uint32_t attempts, Timestamp at,
                           Verdict& verdict)
{
    // The owner of an account under attack who mistypes once somewhere else is no part of it.
    const bool is_first = attempts == 1 && !detector_.has_failed(event, at);
    verdict.scale = scale_of(event.ip, at);
    for (const Rule* rule : detector_.observe(event, attempts, at, verdict.scale)) {
        const bool by_account = rule->by == CountBy::account;
        if (!by_account || !is_first) verdict.offences.push_back(rule);
    }
    verdict.is_inexcusable = event.kind == EventKind::auth_failure && outage() != nullptr &&
                             is_excuse_used_up(event, attempts, at, verdict.scale);
}

bool Judge::is_excuse_used_up(const Event& event, std::uint32_t attempts, Timestamp at,
                              std::uint32_t scale)
{
    const IpAddress account = event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
    return held_back_.hit(client_of(event), tag_of(account, hash_seed_), at, kBoth, attempts, scale)
        .any();
}

// A neighbour, or a user whose failure names no account.
void Judge::judge_guest(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict)
{
    const TrustSettings& trust = *settings_.trust;
    const Prefix network = trust.network.block_of(event.ip);
    verdict.scale = scale_of(event.ip, at);
    verdict.offences = detector_.observe_neighbour(event, at, network);
    const bool is_summary = !event.account && event.teller == Teller::summary;
    const std::uint32_t weight = event.account || is_summary ? 1 : kUnnamedWeight;
    const auto which = event.account ? kBoth : is_summary ? kThird : kFirst;
    bool too_much =
        guests_.hit(client_of(event), try_of(event), at, which, attempts * weight, verdict.scale)
            .any();
    // Behind an address of users, a telephone with an old password is one of many.
    if (event.account && !trust_->is_user(event.ip, at))
        too_much |= guest_networks_.hit(network.base(), try_of(event), at, kFirst, attempts).any();
    if (too_much) verdict.offences.push_back(&guest_rule_);
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
