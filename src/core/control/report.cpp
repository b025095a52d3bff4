#include "mailban/control/report.h"

#include <array>
#include <chrono>

#include <nlohmann/json.hpp>

#include "allowed_json.h"
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
        {"level", ban.level},
        {"ports", ban.ports ? json(ban.ports->text()) : json()}};
}

std::int64_t seconds(Duration duration)
{
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

json to_json(const Evidence& evidence)
{
    json shown = event_json(evidence.event);
    shown["counted"] = evidence.counted;
    return shown;
}

json to_json(const RuleReport& rule)
{
    static constexpr std::array kBy{"ip", "subnet", "account"};
    // In the order of their enumerators.
    static constexpr std::array kCounts{"events", "addresses", "accounts"};
    return {{"rule", rule.rule},
            {"by", kBy[static_cast<std::size_t>(rule.by)]},
            {"counts", kCounts[static_cast<std::size_t>(rule.distinct)]},
            {"count", rule.count},
            {"limit", rule.limit},
            {"within_seconds", seconds(rule.within)},
            {"next_level", rule.next_level},
            {"next_ban_seconds", rule.next_ban ? json(seconds(*rule.next_ban)) : json()}};
}

json to_json(const OutageReport& outage)
{
    return {{"since", format_timestamp(outage.since)}, {"cause", outage.cause}};
}

json to_json(const Remedy& remedy)
{
    return {{"command", remedy.command}, {"effect", remedy.effect}};
}

json to_json(const KnownLogin& login)
{
    return {{"account", login.account},
            {"since", format_timestamp(login.since)},
            {"last", format_timestamp(login.last)}};
}

json to_json(const LogConcerns::Entry& entry)
{
    const auto advice = advice_on(entry.concern, entry.server);
    return {{"server", to_string(entry.server)},
            {"concern", to_string(entry.concern)},
            {"lines", entry.lines},
            {"why", explain(entry.concern)},
            {"advice", advice.empty() ? json() : json(advice)}};
}

template <class Each>
json list_of(const std::vector<Each>& all)
{
    json list = json::array();
    for (const Each& one : all)
        list.push_back(to_json(one));
    return list;
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
            {"note", source.note.empty() ? json() : json(source.note)},
            {"concerns", list_of(source.concerns)}};
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

json to_json(const ControlReport& control)
{
    return {{"clients", control.clients},
            {"requests", control.requests},
            {"limited", control.limited},
            {"turned_away", control.turned_away}};
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
                    {"control", to_json(report.control)},
                    {"sources", std::move(sources)},
                    {"events", std::move(events)},
                    {"repeated", report.repeated},
                    {"trusted", report.trusted},
                    {"untimely", report.untimely},
                    {"evicted", report.evicted},
                    {"forgotten_logins", report.forgotten_logins},
                    {"displaced", report.displaced},
                    {"merged", report.merged},
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
    json trusted_by = json::array();
    for (const auto& entry : report.trusted_by)
        trusted_by.push_back(allowed_json(entry));
    return success({{"address", report.address},
                    {"banned", report.ban.has_value()},
                    {"ban", report.ban ? to_json(*report.ban) : json()},
                    {"bans", list_of(report.bans)},
                    {"remedies", list_of(report.remedies)},
                    {"trusted_as", or_null(report.trusted_as)},
                    {"trusted_by", std::move(trusted_by)},
                    {"outage", report.outage ? to_json(*report.outage) : json()},
                    {"held_back", report.is_held_back},
                    {"next_level", report.next_level},
                    {"rules", list_of(report.rules)},
                    {"windows", std::move(windows)},
                    {"logins", list_of(report.logins)},
                    {"history", std::move(history)},
                    {"evidence", list_of(report.evidence)}});
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
