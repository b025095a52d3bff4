#include "mailban/control/report.h"

#include <nlohmann/json.hpp>

#include "event_json.h"

namespace mailban {

namespace {

// Members stand in the order in which they are documented.
using json = nlohmann::ordered_json;

json to_json(const std::optional<Timestamp>& at)
{
    return at ? json(format_timestamp(*at)) : json(nullptr);
}

template <class T>
json or_null(const std::optional<T>& value)
{
    return value ? json(*value) : json(nullptr);
}

json to_json(const Ban& ban)
{
    return {
        {"prefix", ban.prefix.to_string()},
        {"address", ban.prefix.is_host() ? ban.prefix.base().to_string() : ban.prefix.to_string()},
        {"since", format_timestamp(ban.since)},
        {"until", to_json(ban.until)},
        {"origin", ban.origin == BanOrigin::manual ? "manual" : "rule"},
        {"rule", ban.rule},
        {"reason", ban.reason},
        {"count", ban.count},
        {"level", ban.level}};
}

json to_json(const Evidence& evidence)
{
    json shown = event_json(evidence.event);
    shown["counted"] = evidence.counted;
    return shown;
}

json to_json(const SourceReport& source)
{
    const auto lag = source.lag ? json(static_cast<double>(source.lag->count()) / 1e6) : json();
    return {{"file", source.file},
            {"present", source.present},
            {"caught_up", source.caught_up},
            {"lines", source.lines},
            {"events", source.events},
            {"bytes_behind", source.bytes_behind},
            {"oversized_lines", source.oversized},
            {"rotations", source.rotations},
            {"last_line", to_json(source.last_line)},
            {"last_event", to_json(source.last_event)},
            {"lag_seconds", lag},
            {"problem", source.problem.empty() ? json() : json(source.problem)},
            {"note", source.note.empty() ? json() : json(source.note)}};
}

json to_json(const FirewallReport& firewall)
{
    return {{"backend", firewall.backend},
            {"state", firewall.state},
            {"reason", firewall.reason.empty() ? json() : json(firewall.reason)},
            {"since", to_json(firewall.since)},
            {"held", firewall.held},
            {"pending", firewall.pending},
            {"applied", firewall.applied},
            {"failed", firewall.failed},
            {"connections_cut", firewall.cut}};
}

std::string success(json result)
{
    const json reply{{"ok", true}, {"result", std::move(result)}};
    return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string reply_with(const StatusReport& report)
{
    json sources = json::array();
    for (const auto& source : report.sources)
        sources.push_back(to_json(source));
    json events = json::object();
    for (const auto& [kind, count] : report.events)
        events[kind] = count;
    return success({{"version", report.version},
                    {"pid", report.pid},
                    {"started", format_timestamp(report.started)},
                    {"config", report.config},
                    {"active_bans", report.active_bans},
                    {"bans_made", report.bans_made},
                    {"tracked", report.tracked},
                    {"firewall", to_json(report.firewall)},
                    {"sources", std::move(sources)},
                    {"events", std::move(events)},
                    {"repeated", report.repeated},
                    {"trusted", report.trusted},
                    {"untimely", report.untimely},
                    {"evicted", report.evicted},
                    {"displaced", report.displaced},
                    {"held_back", report.held_back},
                    {"spared", report.spared},
                    {"stale_passwords", report.stale_passwords},
                    {"hijacked_accounts", report.hijacked_accounts},
                    {"warnings", report.warnings}});
}

std::string reply_with(const std::vector<Ban>& bans)
{
    json list = json::array();
    for (const auto& ban : bans)
        list.push_back(to_json(ban));
    return success(std::move(list));
}

std::string reply_with(const ShowReport& report)
{
    json windows = json::object();
    for (const auto& [rule, count] : report.windows)
        windows[rule] = count;
    json history = json::array();
    for (const auto& past : report.history) {
        json entry = to_json(past.ban);
        entry["ended"] = to_json(past.ended);
        entry["why"] = past.why;
        history.push_back(std::move(entry));
    }
    json evidence = json::array();
    for (const auto& one : report.evidence)
        evidence.push_back(to_json(one));
    return success({{"address", report.address},
                    {"banned", report.ban.has_value()},
                    {"ban", report.ban ? to_json(*report.ban) : json()},
                    {"trusted_as", or_null(report.trusted_as)},
                    {"windows", std::move(windows)},
                    {"history", std::move(history)},
                    {"evidence", std::move(evidence)}});
}

std::string reply_done(const std::string& message, const std::vector<std::string>& changed)
{
    return success({{"message", message}, {"changed", changed}});
}

std::string reply_failed(const std::string& error)
{
    const json reply{{"ok", false}, {"error", error}};
    return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace mailban
