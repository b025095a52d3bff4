#include "mailban/page/metrics.h"

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace mailban {

namespace {

using Label = std::pair<std::string_view, std::string_view>;

// In a label, the text format escapes these three and nothing else.
std::string escaped_label(std::string_view value)
{
    std::string text;
    for (const char c : value) {
        if (c == '\n') {
            text += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') text += '\\';
        text += c;
    }
    return text;
}

// With a point, whatever the locale says.
std::string seconds_of(Duration span)
{
    constexpr std::size_t kDigits = 6;
    constexpr std::int64_t kMicroseconds = 1'000'000;
    const auto whole = span.count() < 0 ? -span.count() : span.count();
    std::string fraction = std::to_string(whole % kMicroseconds);
    fraction.insert(0, kDigits - fraction.size(), '0');
    return (span.count() < 0 ? "-" : "") + std::to_string(whole / kMicroseconds) + "." + fraction;
}

// One page; the samples of a metric stand together behind its description.
class MetricsPage {
public:
    void describe(std::string_view name, std::string_view type, std::string_view help)
    {
        name_ = name;
        const std::string whole = "mailban_" + name_;
        text_ += "# HELP " + whole + " " + std::string(help) + "\n# TYPE " + whole + " " +
                 std::string(type) + "\n";
    }
    void sample(const std::string& value, std::initializer_list<Label> labels = {})
    {
        put(name_, value, labels);
    }
    // Of a histogram: "bucket", "sum", "count".
    void part(const std::string& of, const std::string& value, std::initializer_list<Label> labels)
    {
        put(name_ + "_" + of, value, labels);
    }
    void sample(std::uint64_t value, std::initializer_list<Label> labels = {})
    {
        sample(std::to_string(value), labels);
    }
    void gauge(std::string_view name, std::string_view help, std::uint64_t value)
    {
        describe(name, "gauge", help);
        sample(value);
    }
    void counter(std::string_view name, std::string_view help, std::uint64_t value)
    {
        describe(name, "counter", help);
        sample(value);
    }
    std::string take() { return std::move(text_); }

private:
    void put(const std::string& name, const std::string& value, std::initializer_list<Label> labels)
    {
        text_ += "mailban_" + name;
        const char* before = "{";
        for (const auto& [label, text] : labels) {
            text_ += before + std::string(label) + "=\"" + escaped_label(text) + "\"";
            before = ",";
        }
        if (labels.size() > 0) text_ += '}';
        text_ += " " + value + "\n";
    }

    std::string name_{};
    std::string text_{};
};

void add_engine_metrics(const StatusReport& report, MetricsPage& page)
{
    page.describe("active_bans", "gauge", "Active bans by origin.");
    for (const auto& [origin, rule, count] : report.bans_by_origin)
        page.sample(count, {{"origin", origin}});
    page.describe("bans_total", "counter", "Bans since the start, by origin and rule.");
    for (const auto& [origin, rule, count] : report.bans_by_rule)
        page.sample(count, {{"origin", origin}, {"rule", rule}});
    page.counter("displaced_bans_total", "Bans that ended early at limits.bans.", report.displaced);
    page.gauge("tracked_clients", "Clients that are counted.", report.tracked);
    page.describe("events_total", "counter", "Events by kind and mail server.");
    for (const auto& [kind, server, count] : report.events_by_server)
        page.sample(count, {{"kind", kind}, {"server", server}});
    page.counter("duplicate_attempts_total", "Attempts that were reported before.",
                 report.repeated);
    page.counter("trusted_events_total", "Events of addresses that are never banned.",
                 report.trusted);
    page.counter("implausible_timestamps_total", "Events ignored for their time stamp.",
                 report.implausible_timestamps);
    page.counter("deferred_bans_total", "Bans that an outage deferred.", report.deferred_bans);
    page.counter("stale_passwords_total", "Reports of stale passwords.", report.stale_passwords);
    page.counter("hijacked_accounts_total", "Reports of hijacked accounts.",
                 report.hijacked_accounts);
    page.gauge("ineffective_bans", "Active bans whose client still reaches a server.",
               report.breached_bans);
    page.counter("attempts_despite_ban_total", "Attempts of banned clients.",
                 report.breach_attempts);
    page.gauge("storm", "1 while strangers are banned at their first failure.",
               report.storm ? 1 : 0);
    page.gauge("learning", "1 until enough logins were seen.", report.learning ? 1 : 0);
    page.gauge("outage", "1 while the password service is down.",
               report.troubles.outage.empty() ? 0 : 1);
}

void add_log_metrics(const StatusReport& report, MetricsPage& page)
{
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                          auto value_of) {
        page.describe(name, type, help);
        for (const auto& source : report.sources)
            page.sample(value_of(source), {{"log", source.file}});
    };
    each("log_lines_total", "counter", "Lines read.",
         [](const SourceReport& source) { return std::to_string(source.lines); });
    each("log_events_total", "counter", "Events in them.",
         [](const SourceReport& source) { return std::to_string(source.events); });
    each("log_bytes_behind", "gauge", "Bytes that are not read yet.",
         [](const SourceReport& source) { return std::to_string(source.bytes_behind); });
    each("log_present", "gauge", "1 if the log exists.",
         [](const SourceReport& source) { return std::string(source.present ? "1" : "0"); });
    page.describe("log_lag_seconds", "gauge", "Age of the last line when it was read.");
    for (const auto& source : report.sources)
        if (source.lag) page.sample(seconds_of(*source.lag), {{"log", source.file}});
}

void add_firewall_metrics(const FirewallReport& firewall, MetricsPage& page)
{
    page.describe("firewall_ok", "gauge", "1 if the firewall is as it should be.");
    page.sample(firewall.state == FirewallState::ok ? 1 : 0, {{"backend", firewall.backend}});
    page.gauge("firewall_enforced_bans", "Bans in the firewall.", firewall.held);
    page.gauge("firewall_pending_changes", "Changes that wait.", firewall.pending);
    page.counter("firewall_applied_changes_total", "Changes made.", firewall.applied);
    page.counter("firewall_failed_calls_total", "Calls that failed.", firewall.failed);
    page.counter("firewall_connections_cut_total", "Connections destroyed.", firewall.cut);
    page.describe("firewall_dropped_packets_total", "counter",
                  "Packets of banned clients that nftables dropped.");
    if (firewall.dropped) page.sample(firewall.dropped->packets);
    page.describe("firewall_dropped_bytes_total", "counter", "Bytes in these packets.");
    if (firewall.dropped) page.sample(firewall.dropped->bytes);
}

// Each bucket holds those of the ones below it, too.
void add_latencies(const PolicyReport& policy, MetricsPage& page)
{
    page.describe("policy_answer_seconds", "histogram", "Time from a question to its answer.");
    for (const auto& server : policy.servers) {
        const Latencies& all = server.latencies;
        for (std::size_t bucket = 0; bucket < Latencies::kBounds.size(); ++bucket) {
            const std::string bound = seconds_of(Latencies::kBounds.at(bucket));
            page.part("bucket", std::to_string(all.at_most(bucket)),
                      {{"server", server.server}, {"le", bound}});
        }
        page.part("bucket", std::to_string(all.count()),
                  {{"server", server.server}, {"le", "+Inf"}});
        page.part("sum", seconds_of(std::chrono::duration_cast<Duration>(all.sum())),
                  {{"server", server.server}});
        page.part("count", std::to_string(all.count()), {{"server", server.server}});
    }
}

void add_policy_metrics(const PolicyReport& policy, MetricsPage& page)
{
    page.describe("policy_answers_total", "counter", "Answers to mail servers by verdict.");
    for (const auto& server : policy.servers) {
        page.sample(server.allowed, {{"server", server.server}, {"verdict", "allow"}});
        page.sample(server.delayed, {{"server", server.server}, {"verdict", "delay"}});
        page.sample(server.denied, {{"server", server.server}, {"verdict", "deny"}});
    }
    const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                          std::uint64_t PolicyServerReport::*value) {
        page.describe(name, type, help);
        for (const auto& server : policy.servers)
            page.sample(server.*value, {{"server", server.server}});
    };
    each("policy_would_refuse_total", "counter", "Allowed, because it is only observed.",
         &PolicyServerReport::observed);
    each("policy_late_total", "counter", "Questions that waited too long for an answer.",
         &PolicyServerReport::late);
    each("policy_reports_total", "counter", "Reports of attempts.", &PolicyServerReport::reports);
    each("policy_malformed_total", "counter", "Requests that were not understood.",
         &PolicyServerReport::malformed);
    each("policy_connections", "gauge", "Connections of mail servers.",
         &PolicyServerReport::sessions);
    add_latencies(policy, page);
}

}  // namespace

std::string metrics_text(const StatusReport& report)
{
    MetricsPage page;
    page.describe("info", "gauge", "The running program.");
    page.sample(1, {{"version", report.version}});
    page.describe("start_time_seconds", "gauge", "When it started, since 1970.");
    page.sample(seconds_of(report.started.time_since_epoch()));
    page.gauge("health", "0 is OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
               static_cast<std::uint64_t>(report.health.grade));
    add_engine_metrics(report, page);
    add_log_metrics(report, page);
    add_firewall_metrics(report.firewall, page);
    add_policy_metrics(report.policy, page);
    page.gauge("state_bytes", "Size of the data in the database.", report.state.bytes);
    return page.take();
}

}  // namespace mailban
