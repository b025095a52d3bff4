// What a tuning is told as: YAML to paste, and JSON.
#include "mailban/ascii_json.h"
#include "mailban/replay/tuning.h"
#include "mailban/time/time_or_null.h"

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

// Members stand in the order in which they are documented.
using json = nlohmann::ordered_json;

json tuning_json(const TuningPoint& point)
{
    return {{"limit", point.limit},
            {"within", format_duration(point.within)},
            {"bans", point.bans},
            {"prefixes", point.prefixes},
            {"guesses_passed", point.through},
            {"guesses_blocked", point.prevented},
            {"customers", point.customers}};
}

json tuning_json(const std::vector<TuningPoint>& points)
{
    json list = json::array();
    for (const auto& point : points)
        list.push_back(tuning_json(point));
    return list;
}

json totals_of(const TuningPoint& point)
{
    json totals = tuning_json(point);
    totals.erase("limit");
    totals.erase("within");
    return totals;
}

json tuning_json(const RuleTuning& tuned)
{
    return {{"rule", tuned.rule.name},
            {"limit", tuned.rule.limit},
            {"within", format_duration(tuned.rule.within)},
            {"limits", tuning_json(tuned.limits)},
            {"spans", tuning_json(tuned.spans)},
            {"proposal", tuned.proposal ? tuning_json(*tuned.proposal) : json(nullptr)}};
}

const char* name_of(Basis basis)
{
    switch (basis) {
    case Basis::no_events: return "no events";
    case Basis::no_logins: return "no logins";
    case Basis::little: return "little";
    case Basis::enough: break;
    }
    return "enough";
}

}  // namespace

std::string to_json(const Tuning& tuning)
{
    json rules = json::array();
    json suspects = json::array();
    for (const auto& tuned : tuning.rules)
        rules.push_back(tuning_json(tuned));
    for (const auto& ip : tuning.suspects)
        suspects.push_back(ip.to_string());
    const json whole{
        {"events", tuning.events},           {"skipped_events", tuning.left_out},
        {"first", or_null(tuning.first)},    {"last", or_null(tuning.last)},
        {"guesses", tuning.guesses},         {"guessing_clients", tuning.guessing_clients},
        {"customers", tuning.customers},     {"suspects", std::move(suspects)},
        {"evidence", name_of(tuning.basis)}, {"rules", std::move(rules)},
        {"current", totals_of(tuning.now)},  {"proposed", totals_of(tuning.then)},
        {"yaml", to_yaml(tuning.proposed)}};
    return ascii_json(whole);
}

}  // namespace mailban
