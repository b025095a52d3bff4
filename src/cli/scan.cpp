#include "cli/log_choice.h"
#include "cli/progress.h"
#include "cli/scan_report.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "mailban/survey/survey.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>
#include <utility>
#include <variant>

namespace mailban::cli {

namespace {

constexpr std::size_t kOutputBlock = 65536;

struct ScanOptions : LogChoice {
    std::vector<std::string> parsers{};  // empty: as the configuration says, or any
    Assurances assured{};
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

// Files that are named need no configuration, but one that is asked for counts.
std::optional<NamedConfig> config_of(const ScanOptions& options)
{
    const bool is_needed = options.files.empty() || !options.config.empty();
    return is_needed ? read_own_config(options.config) : NamedConfig{};
}

// What was said on the command line goes before what the configuration says.
void apply(const ScanOptions& options, std::vector<OldLog>& logs)
{
    for (auto& log : logs) {
        if (!options.parsers.empty()) log.servers = servers_of(options.parsers);
        log.assured.trusted_front_end |= options.assured.trusted_front_end;
        log.assured.escaped_line_feeds |= options.assured.escaped_line_feeds;
    }
}

class Scan {
public:
    Scan(const ScanOptions& options, ChosenLogs chosen, Timestamp now)
        : options_(options),
          now_(now),
          chosen_(std::move(chosen)),
          logs_(std::exchange(chosen_.logs, {}), now),
          survey_(io::random_seed()),
          prints_to_terminal_(options.events && ::isatty(STDOUT_FILENO) == 1),
          progress_(prints_to_terminal_ ? Progress::Shown::never : Progress::Shown::if_terminal)
    {
        if (const auto logs = logs_.merged()) survey_.expect_old_logs(*logs);
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
        note_unknown(logs_);
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
        if (chosen_.is_too_old(event)) {
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
    ChosenLogs chosen_;
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
    const auto config = config_of(options);
    if (!config) return kWrongUsage;
    auto choice = choose_logs(options, *config, now);
    if (const int* code = std::get_if<int>(&choice)) return *code;
    auto& chosen = std::get<ChosenLogs>(choice);
    apply(options, chosen.logs);
    return Scan(options, std::move(chosen), now).run();
}

}  // namespace

void add_scan(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("scan", "Summarise old logs: clients, accounts, times");
    auto options = std::make_shared<ScanOptions>();
    add_log_files(*command, *options);
    command
        ->add_option("--parser", options->parsers,
                     "The mail server of the lines, default auto; may be repeated")
        ->type_name("NAME")
        ->expected(1)
        ->allow_extra_args(false)  // what follows is a file
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->check(CLI::IsMember(parser_names()));
    add_assurances(*command, options->assured);
    add_log_choice(*command, *options);
    command->add_option("--top", options->top, "Rows of each list; 0: all")
        ->type_name("N")
        ->capture_default_str();
    auto* json = command->add_flag("--json", options->json, "Print one line of JSON, for programs");
    auto* events = command->add_flag("--events", options->events,
                                     "Print one line of JSON for each event, and no report");
    command
        ->add_flag("--accounts", options->accounts,
                   "Print wrong passwords by account, like sort | uniq -c | sort -n")
        ->excludes(events)
        ->excludes(json);
    command->callback([options, &action] { action = [options] { return scan(*options); }; });
}

}  // namespace mailban::cli
