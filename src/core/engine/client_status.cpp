#include "mailban/engine/client_status.h"

#include <algorithm>

namespace mailban {

namespace {

std::vector<Ban> bans_over(const Ledger& ledger, const IpAddress& ip)
{
    std::vector<Ban> bans;
    for (unsigned length = ip.is_v4() ? 32 : 128;; --length) {
        for (Ban& ban : ledger.bans_of(Prefix::of(ip, length)))
            bans.push_back(std::move(ban));
        if (length == 0) return bans;
    }
}

RuleReport report_of(const Rule& rule, std::size_t count, const Engine& engine, const IpAddress& ip,
                     Timestamp now)
{
    const Prefix whom =
        rule.by == CountBy::subnet ? rule.subnet.block_of(ip) : engine.offender_prefix(ip);
    const Ledger& ledger = engine.ledger();
    RuleReport report;
    report.rule = rule.name;
    report.by = rule.by;
    report.distinct = rule.distinct;
    report.count = count;
    report.limit = rule.limit * (rule.by == CountBy::ip ? engine.judge().scale_of(ip, now) : 1);
    report.within = rule.within;
    report.next_level = ledger.next_level(whom, now);
    if (rule.ban) report.next_ban = ledger.duration(*rule.ban, report.next_level);
    return report;
}

// A rule of which nothing was counted here is told, too: how long its ban would be.
std::vector<RuleReport> rules_for(const Engine& engine, const IpAddress& ip, Timestamp now)
{
    const auto counts = engine.detector().counts(ip);
    std::vector<RuleReport> reports;
    for (const Rule& rule : engine.detector().rules()) {
        if (rule.by == CountBy::account) continue;
        const auto counted =
            std::ranges::find_if(counts, [&](const WindowCount& one) { return one.rule == &rule; });
        const auto count = counted == counts.end() ? 0 : counted->count;
        reports.push_back(report_of(rule, count, engine, ip, now));
    }
    return reports;
}

std::vector<Remedy> remedies(const ShowReport& report)
{
    if (report.bans.empty()) return {};
    std::vector<Remedy> remedies;
    std::optional<Prefix> last;
    for (const Ban& ban : report.bans) {
        // One command lifts the bans of all origins.
        if (last == ban.prefix) continue;
        last = ban.prefix;
        const std::string prefix = ban.prefix.to_string();
        remedies.push_back({"mailban unban " + prefix, ban.prefix.is_host()
                                                           ? "ends this ban; another may follow"
                                                           : "ends the ban of all of " + prefix});
    }
    const bool is_alone = report.bans.size() == 1 && report.bans[0].prefix.is_host();
    remedies.push_back(
        {"mailban allow " + report.address,
         is_alone ? "ends the ban and prevents further ones"
                  : "ends these bans of subnets and prevents further ones that cover it"});
    return remedies;
}

}  // namespace

ShowReport client_status(const Engine& engine, const IpAddress& ip, Timestamp now)
{
    ShowReport report;
    report.address = ip.to_string();
    report.trusted_as = engine.trusted_as(Prefix::host(ip));
    report.trusted_by = engine.allowlist().covering(ip);
    report.bans = bans_over(engine.ledger(), ip);
    if (!report.bans.empty()) report.ban = report.bans.front();
    report.rules = rules_for(engine, ip, now);
    for (const auto& [rule, count] : engine.detector().counts(ip)) {
        const auto scale = rule->by == CountBy::ip ? engine.judge().scale_of(ip, now) : 1;
        report.windows.emplace_back(rule->name, std::to_string(count) + " of " +
                                                    std::to_string(rule->limit * scale) +
                                                    " within " + format_duration(rule->within));
    }
    const Prefix offender = engine.offender_prefix(ip);
    report.next_level = engine.ledger().next_level(offender, now);
    if (const Outage* outage = engine.judge().outage())
        report.outage = OutageReport{*outage->since(), outage->cause()};
    report.is_held_back =
        report.outage && std::ranges::any_of(engine.deferred_bans(), [&](const Ban& ban) {
            return ban.prefix.contains(ip);
        });
    report.remedies = remedies(report);
    return report;
}

}  // namespace mailban
