#include "cli/tune_report.h"

#include "cli/plot.h"
#include "cli/report_parts.h"
#include "cli/terminal.h"
#include "mailban/plural.h"

#include <algorithm>
#include <iostream>

namespace mailban::cli {

namespace {

Duration span_of(const Tuning& tuning)
{
    return tuning.first && tuning.last ? *tuning.last - *tuning.first : Duration{};
}

std::string setting(const TuningPoint& point)
{
    return std::to_string(point.limit) + " within " + format_duration(point.within);
}

// What stands out: the rule as it is, the proposal.
std::string mark_of(const TuningPoint& point, const RuleTuning& tuned)
{
    std::string mark;
    if (point.limit == tuned.rule.limit && point.within == tuned.rule.within) mark = "current";
    if (tuned.proposal && *tuned.proposal == point)
        mark += mark.empty() ? "proposed" : ", proposed";
    return mark;
}

std::vector<TuningPoint> points_of(const RuleTuning& tuned)
{
    std::vector<TuningPoint> points = tuned.limits;
    if (tuned.proposal &&
        std::find(points.begin(), points.end(), *tuned.proposal) == points.end()) {
        points.push_back(*tuned.proposal);
    }
    std::sort(points.begin(), points.end(),
              [](const TuningPoint& a, const TuningPoint& b) { return a.limit < b.limit; });
    points.insert(points.end(), tuned.spans.begin(), tuned.spans.end());
    return points;
}

std::vector<std::string> row_of(const TuningPoint& point, const RuleTuning& tuned,
                                std::uint64_t guesses, Blocks blocks)
{
    constexpr std::size_t kBar = 24;
    return {setting(point),
            std::to_string(point.bans),
            std::to_string(point.through),
            bar(point.through, guesses, kBar, blocks),
            std::to_string(point.customers),
            mark_of(point, tuned)};
}

void print_rule(const RuleTuning& tuned, const Tuning& tuning)
{
    const auto blocks = is_utf8_locale() ? Blocks::utf8 : Blocks::ascii;
    std::vector<std::vector<std::string>> rows;
    for (const auto& point : points_of(tuned))
        rows.push_back(row_of(point, tuned, tuning.guesses, blocks));
    std::cout << '\n' << paint(Colour::bold, printable(tuned.rule.name)) << ", alone\n";
    print_table({"LIMIT", "BANS", "PASSED", "OF ALL GUESSES", "CUSTOMERS BANNED", ""}, rows);
    std::cout << proposal_sentence(tuned, tuning.basis) << '\n';
}

std::vector<std::string> together_row(const char* name, const TuningPoint& point)
{
    return {name,
            std::to_string(point.bans),
            std::to_string(point.prefixes),
            std::to_string(point.through),
            std::to_string(point.prevented),
            std::to_string(point.customers)};
}

// No limit can be judged by a handful of attempts.
constexpr std::uint64_t kHandful = 50;

bool is_too_little(const Tuning& tuning)
{
    return tuning.events < kHandful;
}

std::string suspects_sentence(const std::vector<IpAddress>& suspects)
{
    constexpr std::size_t kMostNamed = 10;
    std::string text = plural(suspects.size(), "address", "addresses") +
                       " logged in and also guessed at other accounts. They do not count as "
                       "customers; check whether an account is hijacked: ";
    for (std::size_t i = 0; i < std::min(suspects.size(), kMostNamed); ++i)
        text += (i == 0 ? "" : ", ") + suspects[i].to_string();
    return suspects.size() > kMostNamed ? text + ", …" : text;
}

}  // namespace

std::vector<std::string> seen_sentences(const Tuning& tuning, const Zone& zone)
{
    std::vector<std::string> said;
    if (tuning.basis == Basis::no_events) {
        said.emplace_back("These logs contain no event about passwords, so nothing is proposed");
        return said;
    }
    said.push_back(plural(tuning.events, "event", "events") + " about passwords in " +
                   format_duration(span_of(tuning)) + ", " + local_text(*tuning.first, zone) + " to " +
                   local_text(*tuning.last, zone) + ": " + plural(tuning.guesses, "guess", "guesses") +
                   " of " + plural(tuning.guessing_clients, "address", "addresses") + ", " +
                   plural(tuning.customers, "customer", "customers") + " (addresses that log in)");
    if (is_too_little(tuning)) {
        said.push_back(
            "That is not enough to judge limits: at least " + std::to_string(kHandful) +
            " events are needed, and a week of logs is better. Add rotated logs, or name no "
            "log to read all sources of the configuration");
    } else if (tuning.basis == Basis::no_logins) {
        said.emplace_back(
            "These logs contain no login of a customer, so customers and attackers look the same, "
            "and no limit is proposed. Add the logs that contain logins (Exim's main log, "
            "Dovecot's mail log)");
    } else if (tuning.basis == Basis::little) {
        said.emplace_back(
            "With less than a week or fewer than 20 customers, no limit is made stricter; a limit "
            "that bans a customer is made laxer");
    }
    if (!tuning.suspects.empty()) said.push_back(suspects_sentence(tuning.suspects));
    if (tuning.left_out > 0) {
        said.push_back(plural(tuning.left_out, "further event was", "further events were") +
                       " skipped because of the memory limit; read fewer logs at once");
    }
    return said;
}

std::string proposal_sentence(const RuleTuning& tuned, Basis basis)
{
    if (basis < Basis::little) return "Nothing is proposed.";
    if (!tuned.proposal) {
        return "Each of these limits bans a customer or leaves no margin, so the rule stays "
               "unchanged.";
    }
    const auto& proposal = *tuned.proposal;
    if (proposal.limit == tuned.rule.limit) return "Proposed: keep " + setting(proposal) + ".";
    const bool stricter = proposal.limit < tuned.rule.limit;
    return "Proposed: " + setting(proposal) + ", " + (stricter ? "stricter" : "laxer") +
           " than the current limit: the strictest limit that bans no customer, plus a margin.";
}

void print_tuning(const Tuning& tuning, const std::string& config,
                  const std::vector<LogFindings>& logs, const Zone& zone)
{
    for (const auto& sentence : seen_sentences(tuning, zone))
        std::cout << sentence << '\n';
    std::cout << "Varied: " << printable(config) << '\n';
    print_logs(logs);
    if (is_too_little(tuning)) return;
    for (const auto& tuned : tuning.rules)
        print_rule(tuned, tuning);
    const bool has_proposal = tuning.basis != Basis::no_logins;
    std::vector<std::vector<std::string>> rows{together_row("current", tuning.now)};
    if (has_proposal) rows.push_back(together_row("proposed", tuning.then));
    std::cout << "\nAll rules together\n";
    print_table({"", "BANS", "ADDRESSES", "PASSED", "BLOCKED", "CUSTOMERS BANNED"}, rows);
    if (!has_proposal) return;
    std::cout << "\nFor the configuration:\n\n" << to_yaml(tuning.proposed);
}

}  // namespace mailban::cli
