#include "cli/explain_logs.h"

#include "cli/progress.h"
#include "cli/replay_input.h"
#include "cli/report_parts.h"
#include "cli/terminal.h"
#include "io/daemon/system.h"
#include "mailban/plural.h"
#include "mailban/survey/line_survey.h"
#include "mailban/words.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <limits>
#include <utility>
#include <variant>

namespace mailban::cli {

namespace {

using Rows = std::vector<std::vector<std::string>>;

void print_summary(const LineFindings& found)
{
    std::cout << plural(found.lines, "line", "lines") << " in "
              << plural(found.logs.size(), "log", "logs") << ": "
              << plural(found.events_in_all(), "event", "events") << ", "
              << plural(found.silent_in_all(), "line", "lines")
              << " of mail servers that are no events, " << found.unknown_server
              << " of other programs, " << found.no_header << " without a header\n";
}

void print_events(const LineFindings& found)
{
    Rows rows;
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        if (found.events[index] == 0) continue;
        rows.push_back({std::string(to_string(static_cast<EventKind>(index))),
                        std::to_string(found.events[index])});
    }
    if (rows.empty()) return;
    std::cout << '\n';
    print_table({"EVENTS", "LINES"}, rows);
}

void print_servers(const LineFindings& found)
{
    const auto lines = [&](std::size_t server, NoEventReason silence) {
        return std::to_string(found.silent[server][static_cast<std::size_t>(silence)]);
    };
    Rows rows;
    for (std::size_t server = 0; server < kMailServers; ++server) {
        if (found.silent_of(static_cast<MailServer>(server)) == 0) continue;
        rows.push_back({std::string(to_string(static_cast<MailServer>(server))),
                        lines(server, NoEventReason::not_an_event),
                        lines(server, NoEventReason::ambiguous),
                        lines(server, NoEventReason::unreadable_timestamp)});
    }
    if (rows.empty()) return;
    std::cout << '\n';
    print_table({"NO EVENTS OF", "LINES", "AMBIGUOUS", "UNREADABLE STAMP"}, rows);
}

void print_shape(const ShapeRow& row)
{
    constexpr int kWidth = 8;
    std::cout << std::setw(kWidth) << row.lines << "  " << row.shape.text;
    const bool is_usual =
        row.silence == NoEventReason::not_an_event || row.silence == NoEventReason::no_header;
    if (!is_usual) std::cout << "  (" << to_string(row.silence) << ')';
    std::cout << '\n' << std::string(kWidth + 2, ' ') << printable(row.example) << '\n';
}

void print_shapes(const LineFindings& found, bool is_whole)
{
    if (found.shapes.empty()) return;
    const auto is_shown = [&](const ShapeRow& row) {
        return is_whole || row.shape.likelihood != Likelihood::unlikely;
    };
    const auto shown = std::count_if(found.shapes.begin(), found.shapes.end(), is_shown);
    if (shown == 0) {
        std::cout << "\nNo line without an event looks like a failed login; --top 0 lists all "
                     "of them.\n";
        return;
    }
    print_heading(
        "Lines that are no events, those most similar to a failed login first, each with an "
        "example",
        static_cast<std::size_t>(shown), found.distinct_shapes);
    for (const auto& row : found.shapes) {
        if (is_shown(row)) print_shape(row);
    }
    std::cout
        << "\nIf one of them is a failed login, mailban does not know this line yet. Please report "
           "it with\nchanged names and addresses, or write a pattern for it "
           "(docs/configuration.md).\n";
}

void print_headerless(const LineFindings& found)
{
    if (found.headerless.empty()) return;
    print_heading("Lines without a header that mailban knows, each kind with an example",
                  found.headerless.size(), found.distinct_headerless);
    for (const auto& row : found.headerless)
        print_shape(row);
}

void print_programs(const LineFindings& found)
{
    constexpr std::size_t kLongestCell = 100;
    if (found.programs.empty()) return;
    Rows rows;
    for (const auto& row : found.programs) {
        rows.push_back({row.program.empty() ? "-" : printable(row.program),
                        std::to_string(row.lines), printable(row.example.substr(0, kLongestCell))});
    }
    print_heading("Programs that are no known mail server", rows.size(), found.distinct_programs);
    print_table({"PROGRAM", "LINES", "EXAMPLE"}, rows);
}

void print_lines(const LineFindings& found, bool is_whole)
{
    print_summary(found);
    print_events(found);
    print_servers(found);
    print_shapes(found, is_whole);
    print_programs(found);
    print_headerless(found);
    print_logs(found.logs);
    if (found.missed > 0) {
        std::cout << "\nRemoved because of the memory limit: kinds of lines, each with at most "
                  << plural(found.missed, "line", "lines") << '\n';
    }
}

std::optional<NamedConfig> config_of(const ExplainLogsOptions& options)
{
    const bool is_needed = options.files.empty() || !options.config.empty();
    return is_needed ? read_own_config(options.config) : NamedConfig{};
}

void apply(const ExplainLogsOptions& options, std::vector<OldLog>& logs)
{
    for (auto& log : logs) {
        if (options.servers) log.servers = *options.servers;
        log.assured.trusted_front_end |= options.assured.trusted_front_end;
        log.assured.escaped_line_feeds |= options.assured.escaped_line_feeds;
    }
}

// False: something could not be read, which was said.
bool read_lines(OldLogs& logs, const std::optional<Timestamp>& since, LineSurvey& survey)
{
    Progress progress(Progress::Shown::if_terminal);
    bool is_well = true;
    logs.show_lines(
        [&](std::string_view line, const Reading& reading, std::optional<Timestamp> time) {
            if (!since || !time || *time >= *since) survey.add(line, reading, time);
        });
    logs.read(
        OldLogs::Order::one_by_one, [](const Event&, std::uint32_t, std::uint64_t) {},
        [&](const ReadSoFar& so_far) { progress.show(so_far); },
        [&](const std::string& problem) {
            progress.clear();
            is_well = false;
            fail(kFailed, problem);
        });
    return is_well;
}

}  // namespace

int explain_logs(const ExplainLogsOptions& options)
{
    const auto now = io::system_now();
    const auto config = config_of(options);
    if (!config) return kWrongUsage;
    auto choice = choose_logs(options, *config, now);
    if (const int* code = std::get_if<int>(&choice)) return *code;
    auto& chosen = std::get<ChosenLogs>(choice);
    apply(options, chosen.logs);
    OldLogs logs(std::move(chosen.logs), now);
    LineSurvey survey(io::random_seed());
    const bool is_well = read_lines(logs, chosen.since, survey);
    const bool is_whole = options.top == 0;
    auto found = survey.findings(is_whole ? std::numeric_limits<std::size_t>::max() : options.top);
    found.logs = logs.logs();
    if (options.json) {
        std::cout << to_json(found) << '\n';
    } else {
        print_lines(found, is_whole);
    }
    return finish_output(is_well ? kDone : kFailed);
}

}  // namespace mailban::cli
