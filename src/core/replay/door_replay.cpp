#include "mailban/replay/door_replay.h"

#include "mailban/ascii_json.h"

#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

// No log has this number: what is reported at the door is told by no line.
constexpr std::uint32_t kDoorsOwn = std::numeric_limits<std::uint32_t>::max();

Config with_a_door(Config config)
{
    config.policy.mode = PolicyMode::enforce;
    return config;
}

nlohmann::ordered_json count_json(const DoorCount& count)
{
    return {{"guesses", count.guesses}, {"logins", count.logins}};
}

}  // namespace

DoorReplay::DoorReplay(ReplaySettings settings)
    : engine_(with_a_door(std::move(settings.config)), settings.allow, settings.hash_seed)
{
    engine_.set_own_addresses(settings.own);
}

void DoorReplay::observe(const Event& event, std::uint32_t source, std::uint32_t counted)
{
    engine_.advance(event.time);
    if (engine_.is_shut_out(event)) {
        count(event, counted, toll_.shut_out);
        return;
    }
    const bool is_password =
        event.kind == EventKind::auth_failure || event.kind == EventKind::auth_success;
    PolicyAnswer answer;
    if (is_password && event.account) {
        Attempt attempt;
        attempt.ip = event.ip;
        attempt.account = event.account;
        attempt.service = event.service;
        attempt.local_port = event.local_port;
        answer = engine_.answer(attempt, event.time);
    }
    const bool is_login = event.kind == EventKind::auth_success && counted > 0;
    auto& ground = toll_.grounds.at(static_cast<std::size_t>(answer.ground));
    switch (answer.verdict) {
    case PolicyVerdict::allow: count(event, counted, toll_.allowed); break;
    case PolicyVerdict::delay:
        count(event, counted, toll_.delayed);
        count(event, counted, ground);
        if (is_login && delayed_.size() < kMostCustomers) delayed_.insert(event.ip);
        break;
    case PolicyVerdict::deny:
        count(event, counted, toll_.denied);
        count(event, counted, ground);
        if (is_login && denied_.size() < kMostCustomers) denied_.insert(event.ip);
        take_refusal(event, source, counted > 0);
        return;
    }
    engine_.observe(event, source, Arrival::backlog, event.time);
}

void DoorReplay::count(const Event& event, std::uint32_t counted, DoorCount& into) const
{
    if (event.kind == EventKind::auth_success) into.logins += counted;
    if (event.kind == EventKind::auth_failure && !engine_.trusted_as(Prefix::host(event.ip)))
        into.guesses += counted;
}

// Another line of an attempt that was refused before is no report of its own.
void DoorReplay::take_refusal(const Event& event, std::uint32_t source, bool is_new)
{
    Event line = event;
    line.kind = EventKind::rejected;
    line.reporter = Reporter::report;
    if (is_new) engine_.observe(std::move(line), kDoorsOwn, Arrival::backlog, event.time);
    line = event;
    line.kind = EventKind::auth_failure;
    engine_.observe(std::move(line), source, Arrival::backlog, event.time);
}

DoorToll DoorReplay::toll() const
{
    DoorToll toll = toll_;
    toll.customers_denied = denied_.size();
    toll.customers_delayed = delayed_.size();
    return toll;
}

std::string to_json(const ReplayResult& logs_alone, const DoorToll& door, const std::string& name)
{
    using json = nlohmann::ordered_json;
    json grounds = json::object();
    for (std::size_t ground = 0; ground < kPolicyGrounds; ++ground)
        if (door.grounds.at(ground) != DoorCount())
            grounds[std::string(kPolicyGroundNames.of(static_cast<PolicyGround>(ground)))] =
                count_json(door.grounds.at(ground));
    return ascii_json<json>({{"config", name},
                             {"guesses", logs_alone.guesses},
                             {"guesses_passed_logs_alone", logs_alone.through},
                             {"guesses_passed", door.passed()},
                             {"customers", logs_alone.customers},
                             {"customers_denied", door.customers_denied},
                             {"customers_delayed", door.customers_delayed},
                             {"blocked", count_json(door.shut_out)},
                             {"denied", count_json(door.denied)},
                             {"delayed", count_json(door.delayed)},
                             {"allowed", count_json(door.allowed)},
                             {"grounds", std::move(grounds)}});
}

}  // namespace mailban
