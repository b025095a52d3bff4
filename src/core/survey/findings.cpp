#include "mailban/survey/findings.h"

#include "mailban/ascii_json.h"
#include "mailban/or_null.h"
#include "mailban/time/time_or_null.h"

#include <nlohmann/json.hpp>

#include "log_json.h"

namespace mailban {

namespace {

// Members stand in the order in which they are documented.
using json = nlohmann::ordered_json;

json kinds_of(const Findings& findings)
{
    json kinds = json::object();
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto& total = findings.kinds[index];
        kinds[std::string(to_string(static_cast<EventKind>(index)))] = {
            {"events", total.events}, {"attempts", total.attempts}};
    }
    return kinds;
}

// `name` is what the row is of, `partners` what its partners are called.
json to_json(const char* name, const std::string& key, const char* partners, const TopRow& row)
{
    return {{name, key},
            {"attempts", row.attempts},
            {"failures", row.failures},
            {"successes", row.successes},
            {"other_offences", row.others},
            {partners, row.partners},
            {"first", format_timestamp(row.first)},
            {"last", format_timestamp(row.last)}};
}

json to_json(const Forgotten& forgotten)
{
    return {{"addresses", forgotten.addresses},
            {"subnets", forgotten.subnets},
            {"accounts", forgotten.accounts},
            {"pairs", forgotten.pairs},
            {"hours", forgotten.hours}};
}

}  // namespace

json log_json(const LogFindings& log)
{
    return {{"file", log.file},     {"lines", log.lines},
            {"events", log.events}, {"oversized_lines", log.unread},
            {"bytes", log.bytes},   {"problem", log.problem.empty() ? json() : json(log.problem)}};
}

std::string to_json(const Findings& findings)
{
    json logs = json::array();
    json replies = json::array();
    json addresses = json::array();
    json subnets = json::array();
    json accounts = json::array();
    json hours = json::array();
    for (const auto& log : findings.logs)
        logs.push_back(log_json(log));
    for (const auto& [reply, events] : findings.replies)
        replies.push_back({{"reply", or_null(reply)}, {"events", events}});
    for (const auto& [ip, row] : findings.addresses)
        addresses.push_back(to_json("ip", ip.to_string(), "accounts", row));
    for (const auto& [prefix, row] : findings.subnets)
        subnets.push_back(to_json("prefix", prefix.to_string(), "addresses", row));
    for (const auto& [account, row] : findings.accounts)
        accounts.push_back(to_json("account", account, "addresses", row));
    for (const auto& [time, attempts] : findings.hours)
        hours.push_back({{"time", format_timestamp(time)}, {"attempts", attempts}});
    return ascii_json<json>({{"logs", std::move(logs)},
                             {"events", findings.events},
                             {"duplicate_lines", findings.copies},
                             {"before_since", findings.earlier},
                             {"first", or_null(findings.first)},
                             {"last", or_null(findings.last)},
                             {"kinds", kinds_of(findings)},
                             {"replies", std::move(replies)},
                             {"distinct",
                              {{"addresses", findings.distinct_addresses},
                               {"subnets", findings.distinct_subnets},
                               {"accounts", findings.distinct_accounts}}},
                             {"addresses", std::move(addresses)},
                             {"subnets", std::move(subnets)},
                             {"accounts", std::move(accounts)},
                             {"hours", std::move(hours)},
                             {"evicted", to_json(findings.forgotten)}});
}

std::string to_json_line(const Event& event, std::string_view file, std::uint64_t line)
{
    const auto reply = event.reply ? json(event.reply->value()) : json(nullptr);
    const auto enhanced = event.enhanced ? json(event.enhanced->to_string()) : json(nullptr);
    return ascii_json<json>({{"file", file},
                             {"line", line},
                             {"kind", to_string(event.kind)},
                             {"ip", event.ip.to_string()},
                             {"account", or_null(event.account)},
                             {"daemon", to_string(event.server)},
                             {"service", to_string(event.service)},
                             {"reply", reply},
                             {"enhanced", enhanced},
                             {"attempts", event.attempts},
                             {"time", format_timestamp(event.time)},
                             {"reporter", to_string(event.reporter)}}) +
           "\n";
}

}  // namespace mailban
