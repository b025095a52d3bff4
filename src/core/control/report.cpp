#include "mailban/control/report.h"

#include "mailban/control/answer.h"
#include "mailban/or_null.h"
#include "mailban/time/time_or_null.h"

#include <array>
#include <chrono>

#include <nlohmann/json.hpp>

#include "allowed_json.h"
#include "ban_json.h"

namespace mailban {

namespace {

// Members stand in the order in which they are documented.
using json = nlohmann::ordered_json;

json to_json(const Ban& ban)
{
    return json::parse(ban_members(ban) + '}');
}

std::int64_t seconds(Duration duration)
{
    return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

json to_json(const Evidence& evidence)
{
    return evidence_json(evidence);
}

json to_json(const RuleReport& rule)
{
    return {{"rule", rule.rule},
            {"by", kCountByNames.of(rule.by)},
            {"counts", kCountedNames.of(rule.distinct)},
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

json to_json(const SharedReport& shared)
{
    return {{"accounts", shared.accounts},
            {"failures", shared.failures},
            {"limit", shared.limit},
            {"within_seconds", seconds(shared.within)}};
}

json to_json(const StormReport& storm)
{
    return {{"since", format_timestamp(storm.since)}, {"text", storm.text}};
}

json to_json(const LearningReport& learning)
{
    return {{"seen_seconds", seconds(learning.seen)}, {"needed_seconds", seconds(learning.needed)}};
}

template <class Report>
json object_or_null(const std::optional<Report>& report)
{
    return report ? to_json(*report) : json(nullptr);
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

json to_json(const BreachReport& breach)
{
    return {{"prefix", breach.prefix},
            {"address", breach.address},
            {"since", format_timestamp(breach.since)},
            {"attempts", breach.attempts},
            {"first", format_timestamp(breach.first)},
            {"last", format_timestamp(breach.last)},
            {"log", breach.log},
            {"daemon", breach.server},
            {"service", breach.service},
            {"port", or_null(breach.port)},
            {"cause", breach.cause},
            {"text", breach.text}};
}

json to_json(const HealthFinding& finding)
{
    return {{"grade", to_string(finding.grade)}, {"name", finding.name}, {"text", finding.text}};
}

json to_json(const PolicyServerReport& server)
{
    return {{"server", server.server},
            {"listen", server.listen},
            {"problem", server.problem.empty() ? json() : json(server.problem)},
            {"connections", server.sessions},
            {"rejected_connections", server.rejected_connections},
            {"questions", server.questions},
            {"allowed", server.allowed},
            {"delayed", server.delayed},
            {"denied", server.denied},
            {"would_refuse", server.observed},
            {"late", server.late},
            {"reports", server.reports},
            {"malformed", server.malformed},
            {"last", or_null(server.last)}};
}

template <class Each>
json report_list(const std::vector<Each>& all)
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
            {"auto_detected", source.found},
            {"present", source.present},
            {"caught_up", source.caught_up},
            {"lines", source.lines},
            {"events", source.events},
            {"mail_lines", source.known},
            {"had_mail_lines", source.had_known},
            {"is_new", source.is_new},
            {"unreadable", source.is_unreadable},
            {"bytes_behind", source.bytes_behind},
            {"oversized_lines", source.oversized},
            {"rotations", source.rotations},
            {"idle_files", source.resting},
            {"last_line", or_null(source.last_line)},
            {"last_event", or_null(source.last_event)},
            {"lag_seconds", lag},
            {"problem", source.problem.empty() ? json() : json(source.problem)},
            {"note", source.note.empty() ? json() : json(source.note)},
            {"concerns", report_list(source.concerns)}};
}

json to_json(const FirewallReport& firewall)
{
    const auto& dropped = firewall.dropped;
    return {{"backend", firewall.backend},
            {"state", to_string(firewall.state)},
            {"reason", firewall.reason.empty() ? json() : json(firewall.reason)},
            {"since", or_null(firewall.since)},
            {"enforced_bans", firewall.held},
            {"pending", firewall.pending},
            {"applied", firewall.applied},
            {"failed", firewall.failed},
            {"connections_cut", firewall.cut},
            {"dropped_packets", dropped ? json(dropped->packets) : json()},
            {"dropped_bytes", dropped ? json(dropped->bytes) : json()},
            {"not_enforceable", firewall.not_enforceable},
            {"dry_run", firewall.is_dry_run},
            {"watch_until", or_null(firewall.watch_until)}};
}

json to_json(const ControlReport& control)
{
    return {{"clients", control.clients},
            {"followers", control.followers},
            {"requests", control.requests},
            {"rate_limited", control.limited},
            {"rejected_connections", control.rejected_connections}};
}

json to_json(const PolicyReport& policy)
{
    return {{"mode", policy.mode}, {"servers", report_list(policy.servers)}};
}

json to_json(const ConfigReport& configuration)
{
    return {{"loaded", format_timestamp(configuration.loaded)},
            {"problem", configuration.problem.empty() ? json() : json(configuration.problem)},
            {"since", or_null(configuration.since)}};
}

json to_json(const StateReport& state)
{
    return {{"bytes", state.bytes},
            {"max_bytes", state.max_bytes},
            {"oldest_event", or_null(state.oldest_event)},
            {"dropped_events", state.dropped_events},
            {"dropped_bans", state.dropped_bans},
            {"last_dropped", or_null(state.last_dropped)},
            {"dropped_until", or_null(state.dropped_until)}};
}

json to_json(const Health& health)
{
    const auto lag = health.lag ? json(static_cast<double>(health.lag->count()) / 1e6) : json();
    return {{"grade", to_string(health.grade)},
            {"findings", report_list(health.findings)},
            {"lag_seconds", lag}};
}

std::string report_text(const json& reply)
{
    return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string success(json result)
{
    return report_text({{"ok", true}, {"result", std::move(result)}});
}

std::string success(json result, const std::optional<std::string>& next)
{
    return report_text({{"ok", true}, {"result", std::move(result)}, {"next", or_null(next)}});
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
    json result{{"version", report.version},
                {"pid", report.pid},
                {"started", format_timestamp(report.started)},
                {"config", report.config},
                {"dry_run", report.firewall.is_dry_run},
                {"configuration", to_json(report.configuration)},
                {"active_bans", report.active_bans},
                {"bans_made", report.bans_made},
                {"observed_bans", report.observed_bans},
                {"tracked", report.tracked},
                {"firewall", to_json(report.firewall)},
                {"control", to_json(report.control)},
                {"policy", to_json(report.policy)},
                {"state", to_json(report.state)},
                {"sources", std::move(sources)},
                {"events", std::move(events)},
                {"duplicate_attempts", report.repeated},
                {"trusted_events", report.trusted},
                {"implausible_timestamps", report.implausible_timestamps},
                {"evicted_tracked", report.evicted},
                {"evicted_logins", report.forgotten_logins},
                {"evicted_bans", report.displaced},
                {"merged_bans", report.merged},
                {"deferred_bans", report.deferred_bans},
                {"skipped_subnet_bans", report.skipped_subnet_bans},
                {"stale_passwords", report.stale_passwords},
                {"hijacked_accounts", report.hijacked_accounts},
                {"shared_addresses", report.shared_addresses},
                {"storms", report.storms},
                {"storm", object_or_null(report.storm)},
                {"learning", object_or_null(report.learning)},
                {"ineffective_bans", report.breached_bans},
                {"attempts_despite_ban", report.breach_attempts},
                {"worst_ineffective_bans", report_list(report.breaches)},
                {"health", to_json(report.health)},
                {"warnings", report.warnings}};
    return success(std::move(result), report.next);
}

std::string reply_with(const Page<Ban>& bans, bool is_dry_run)
{
    const std::string dry_run = R"(,"dry_run":)" + std::string(is_dry_run ? "true" : "false");
    std::string text = R"({"ok":true,"result":[)";
    for (const Ban& ban : bans.rows) {
        if (text.back() == '}') text += ',';
        text += ban_members(ban) + dry_run + '}';
    }
    return text + ']' + dry_run + R"(,"next":)" + (bans.next ? quoted_json(*bans.next) : "null") +
           '}';
}

std::string reply_with(const ShowReport& report)
{
    json windows = json::object();
    for (const auto& [rule, count] : report.windows)
        windows[rule] = count;
    json history = json::array();
    for (const auto& past : report.history) {
        json entry = to_json(past.ban);
        entry["ended"] = or_null(past.ended);
        entry["why"] = past.why ? kBanEndReasonNames.of(*past.why) : "";
        history.push_back(std::move(entry));
    }
    json trusted_by = json::array();
    for (const auto& entry : report.trusted_by)
        trusted_by.push_back(allowed_json(entry));
    return success({{"address", report.address},
                    {"banned", report.ban.has_value()},
                    {"dry_run", report.is_dry_run},
                    {"ban", report.ban ? to_json(*report.ban) : json()},
                    {"bans", report_list(report.bans)},
                    {"remedies", report_list(report.remedies)},
                    {"trusted_as", or_null(report.trusted_as)},
                    {"trusted_by", std::move(trusted_by)},
                    {"outage", object_or_null(report.outage)},
                    {"shared_address", object_or_null(report.shared)},
                    {"storm", object_or_null(report.storm)},
                    {"ban_deferred", report.is_held_back},
                    {"ineffective_ban", report.breach ? to_json(*report.breach) : json()},
                    {"next_level", report.next_level},
                    {"rules", report_list(report.rules)},
                    {"windows", std::move(windows)},
                    {"logins", report_list(report.logins)},
                    {"history", std::move(history)},
                    {"evidence", report_list(report.evidence)}});
}

std::string reply_with(const Changed& changed)
{
    return success({{"message", changed.message},
                    {"changed", changed.changed},
                    {"still_banned_by", report_list(changed.still_banned_by)},
                    {"pending", changed.is_pending}},
                   changed.next);
}

}  // namespace mailban
