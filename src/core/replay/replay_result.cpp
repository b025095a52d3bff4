#include "mailban/replay/replay_result.h"

#include "mailban/ascii_json.h"
#include "mailban/time/time_or_null.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

// Members stand in the order in which they are documented.
using json = nlohmann::ordered_json;

json to_json(const std::vector<Prefix>& prefixes)
{
    json list = json::array();
    for (const auto& prefix : prefixes)
        list.push_back(prefix.to_string());
    return list;
}

json to_json(const ReplayResult& outcome, const std::string& name)
{
    json rules = json::array();
    for (const auto& [rule, bans, lengthened, prefixes, customers, is_observed] : outcome.rules)
        rules.push_back({{"rule", rule},
                         {"bans", bans},
                         {"lengthened", lengthened},
                         {"prefixes", prefixes},
                         {"customers", customers},
                         {"observed", is_observed}});
    return {{"config", name},
            {"bans", outcome.bans.size() + outcome.unlisted_bans},
            {"prefixes", outcome.prefixes},
            {"guesses", outcome.guesses},
            {"guesses_passed", outcome.through},
            {"guesses_blocked", outcome.prevented},
            {"customers", outcome.customers},
            {"customers_banned", outcome.customers_hit},
            {"logins_blocked", outcome.logins_barred},
            {"deferred_bans", outcome.deferred_bans},
            {"rules", std::move(rules)}};
}

std::set<Prefix> prefixes_of(const ReplayResult& outcome)
{
    std::set<Prefix> prefixes;
    for (const auto& one : outcome.bans)
        prefixes.insert(one.ban.prefix);
    return prefixes;
}

}  // namespace

std::string to_json_line(const ReplayedBan& replayed)
{
    const auto& [ban, decided, lengthens, earlier, later] = replayed;
    return ascii_json<json>({{"time", format_timestamp(ban.since)},
                             {"prefix", ban.prefix.to_string()},
                             {"rule", ban.rule},
                             {"count", ban.count},
                             {"until", or_null(ban.until)},
                             {"later_success", later},
                             {"earlier_success", earlier},
                             {"level", ban.level},
                             {"decided", format_timestamp(decided)},
                             {"lengthens", lengthens},
                             {"observed", ban.origin == BanOrigin::observed}}) +
           "\n";
}

Comparison compare(const ReplayResult& first, const ReplayResult& second)
{
    const auto one = prefixes_of(first);
    const auto other = prefixes_of(second);
    Comparison found;
    std::set_difference(one.begin(), one.end(), other.begin(), other.end(),
                        std::back_inserter(found.only_first));
    std::set_difference(other.begin(), other.end(), one.begin(), one.end(),
                        std::back_inserter(found.only_second));
    std::set_intersection(one.begin(), one.end(), other.begin(), other.end(),
                          std::back_inserter(found.both));
    return found;
}

std::string to_json(const ReplayResult& first, const std::string& first_name,
                    const ReplayResult& second, const std::string& second_name)
{
    const auto found = compare(first, second);
    return ascii_json<json>({{"events", first.events},
                             {"first", or_null(first.first)},
                             {"last", or_null(first.last)},
                             {"configurations", json::array({to_json(first, first_name),
                                                             to_json(second, second_name)})},
                             {"only_first", to_json(found.only_first)},
                             {"only_second", to_json(found.only_second)},
                             {"both", found.both.size()}});
}

}  // namespace mailban
