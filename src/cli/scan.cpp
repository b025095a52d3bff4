#include "cli/command.h"
#include "cli/old_logs.h"
#include "cli/progress.h"
#include "cli/scan_report.h"
#include "cli/since.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "mailban/survey/survey.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>

namespace mailban::cli {

namespace {

constexpr std::size_t kOutputBlock = 65536;

struct ScanOptions {
    std::vector<std::string> files{};
    std::vector<std::string> parsers{"auto"};
    Assurances assured{};
    std::string since{};
    std::size_t top = 10;  // 0: all
    bool json = false;
    bool events = false;
    bool accounts = false;
};

std::vector<std::string> parser_names()
{
    std::vector<std::string> names{"auto"};
    for (std::size_t index = 0; index < kMailServers; ++index) {
        const auto server = static_cast<MailServer>(index);
        if (server != MailServer::pattern) names.emplace_back(to_string(server));
    }
    return names;
}

MailServers servers_of(const std::vector<std::string>& names)
{
    MailServers servers;
    for (const auto& name : names) {
        const auto server = parse_mail_server(name);
        servers.insert(server ? MailServers(*server) : MailServers::any());
    }
    return servers;
}

std::vector<OldLog> logs_of(const ScanOptions& options)
{
    std::vector<OldLog> logs;
    for (const auto& file : options.files)
        logs.push_back(
            {.file = file, .servers = servers_of(options.parsers), .assured = options.assured});
    return logs;
}

class Scan {
public:
    Scan(const ScanOptions& options, Timestamp now, std::optional<Timestamp> since)
        : options_(options),
          now_(now),
          since_(since),
          logs_(logs_of(options), now),
          survey_(io::random_seed()),
          prints_to_terminal_(options.events && ::isatty(STDOUT_FILENO) == 1),
          progress_(prints_to_terminal_ ? Progress::Shown::never : Progress::Shown::if_terminal)
    {
    }

    int run()
    {
        bool failed = false;
        // What attempts there were does not depend on where they are told, but lists of lines do.
        logs_.read(
            options_.events ? OldLogs::Order::one_by_one : OldLogs::Order::by_time,
            [this](const Event& event, std::uint32_t log, std::uint64_t line) {
                take(event, log, line);
            },
            [this](const ReadSoFar& so_far) { progress_.show(so_far); },
            [&](const std::string& problem) {
                progress_.clear();
                failed = fail(kFailed, problem) != kDone;
            });
        progress_.clear();
        if (!options_.events) print_report();
        write_out();
        std::cout.flush();
        if (!std::cout || std::ferror(stdout) != 0 || std::fflush(stdout) != 0) {
            return fail(kFailed, "cannot write the result: standard output is gone or full");
        }
        return failed ? kFailed : kDone;
    }

private:
    void take(const Event& event, std::uint32_t log, std::uint64_t line)
    {
        if (since_ && event.time < *since_) {
            ++earlier_;
            return;
        }
        if (!options_.events) return survey_.add(event, log);
        output_ += to_json_line(event, logs_.logs()[log].file, line);
        if (output_.size() >= kOutputBlock || prints_to_terminal_) write_out();
    }

    void print_report()
    {
        const bool whole = options_.accounts || options_.top == 0;
        auto findings =
            survey_.findings(whole ? std::numeric_limits<std::size_t>::max() : options_.top);
        findings.logs = logs_.logs();
        findings.earlier = earlier_;
        if (options_.accounts) return print_accounts(findings);
        if (!options_.json) return print_findings(findings, io::local_zone(now_));
        output_ = to_json(findings) + "\n";
    }

    void write_out()
    {
        std::fwrite(output_.data(), 1, output_.size(), stdout);
        if (prints_to_terminal_) std::fflush(stdout);
        output_.clear();
    }

    const ScanOptions& options_;
    Timestamp now_;
    std::optional<Timestamp> since_;
    OldLogs logs_;
    Survey survey_;
    std::uint64_t earlier_ = 0;
    std::string output_{};
    bool prints_to_terminal_;
    Progress progress_;
};

int scan(const ScanOptions& options)
{
    const auto now = io::system_now();
    std::optional<Timestamp> since;
    if (!options.since.empty()) {
        since = parse_since(options.since, now);
        if (!since) {
            return fail(kWrongUsage,
                        "--since takes an age such as 7d or 12h, or a time such as "
                        "2026-11-01 or 2026-11-01T06:00:00Z");
        }
    }
    return Scan(options, now, since).run();
}

}  // namespace

void add_scan(CLI::App& app, Action& action)
{
    auto* command =
        app.add_subcommand("scan", "Old logs: who, against which accounts, when (docs/scan.md)");
    auto options = std::make_shared<ScanOptions>();
    command->add_option("files", options->files, "Logs, plain, .gz or .zst; - is standard input")
        ->type_name("FILE")
        ->required();
    command->add_option("--parser", options->parsers, "Whose lines to read; may be repeated")
        ->type_name("NAME")
        ->expected(1)
        ->allow_extra_args(false)  // what follows is a file
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->check(CLI::IsMember(parser_names()))
        ->capture_default_str();
    add_assurances(*command, options->assured);
    command->add_option("--since", options->since, "Only events since then: 7d, 2026-11-01")
        ->type_name("TIME");
    command->add_option("--top", options->top, "How many of each list; 0: all")
        ->type_name("N")
        ->capture_default_str();
    auto* json = command->add_flag("--json", options->json, "One line of JSON for programs");
    auto* events = command->add_flag("--events", options->events,
                                     "One line of JSON an event instead of the report");
    command
        ->add_flag("--accounts", options->accounts,
                   "Wrong passwords by account, as sort | uniq -c | sort -n would print them")
        ->excludes(events)
        ->excludes(json);
    command->callback([options, &action] { action = [options] { return scan(*options); }; });
}

}  // namespace mailban::cli
