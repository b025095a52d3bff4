#include "mailban/control/door_report.h"

#include <array>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

using json = nlohmann::ordered_json;

constexpr std::array kAskedFor{Service::imap, Service::pop3, Service::submission, Service::smtp,
                               Service::sieve};

}  // namespace

DoorReport door_report(PolicyMode mode, const std::string& account,
                       const std::optional<IpAddress>& address,
                       const std::function<PolicyAnswer(const Attempt&)>& answer)
{
    DoorReport report{.mode = mode, .account = account, .address = address, .words = {}};
    if (mode == PolicyMode::off) return report;
    Attempt attempt;
    // The dummy address of IPv4 (RFC 7600, section 4.8): no client has it.
    attempt.ip = address.value_or(IpAddress::v4(192, 0, 0, 8));
    attempt.account = account;
    for (const Service service : kAskedFor) {
        attempt.service = service;
        report.words.push_back({service, answer(attempt)});
    }
    return report;
}

std::string reply_with(const DoorReport& report)
{
    json words = json::array();
    for (const auto& [service, answer] : report.words) {
        words.push_back({{"service", to_string(service)},
                         {"verdict", kPolicyVerdictNames.of(answer.judged)},
                         {"ground", kPolicyGroundNames.of(answer.ground)},
                         {"rule", answer.rule.empty() ? json() : json(answer.rule)}});
    }
    const auto& address = report.address;
    const json result{{"mode", kPolicyModeNames.of(report.mode)},
                      {"account", report.account},
                      {"address", address ? json(address->to_string()) : json()},
                      {"answers", std::move(words)}};
    return json{{"ok", true}, {"result", result}}.dump(-1, ' ', false,
                                                       json::error_handler_t::replace);
}

}  // namespace mailban
