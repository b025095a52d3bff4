#include "cli/command.h"
#include "cli/progress.h"
#include "cli/scan_report.h"
#include "io/daemon/system.h"
#include "io/source/log_reader.h"
#include "mailban/parse/log_parser.h"
#include "mailban/survey/survey.h"
#include "mailban/time/log_stamp.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>

namespace mailban::cli {

namespace {

constexpr const char* kStandardInput = "-";
constexpr std::size_t kOutputBlock = 64 * 1024;

struct ScanOptions {
    std::vector<std::string> files{};
    std::vector<std::string> parsers{"auto"};
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

// "7d" is an age; a date or an RFC 3339 time is itself. nullopt: neither.
std::optional<Timestamp> parse_since(const std::string& text, Timestamp now)
{
    if (const auto age = parse_duration(text)) return now - *age;
    const std::string stamp = text.size() == 10 ? text + "T00:00:00" : text;
    const auto read = read_iso_stamp(stamp, io::local_zone(now));
    if (!read || read->length != stamp.size()) return std::nullopt;
    return read->time;
}

// When a log was written to last: a stamp that lacks its year is of the year before that.
Timestamp last_written(const std::string& file, Timestamp now)
{
    struct stat status = {};
    if (file == kStandardInput || ::stat(file.c_str(), &status) != 0) return now;
    // One that was touched in the future would shift the year of its lines.
    return std::min(now, Timestamp(std::chrono::seconds(status.st_mtim.tv_sec)));
}

// Bytes of the logs as they lie there; 0 where one has no size that could be known.
std::uint64_t size_of(const std::vector<std::string>& files)
{
    std::uint64_t total = 0;
    for (const auto& file : files) {
        struct stat status = {};
        if (file == kStandardInput) return 0;
        if (::stat(file.c_str(), &status) != 0) continue;
        if (!S_ISREG(status.st_mode)) return 0;
        total += static_cast<std::uint64_t>(status.st_size);
    }
    return total;
}

bool prints_to_terminal(const ScanOptions& options)
{
    return options.events && ::isatty(STDOUT_FILENO) == 1;
}

class Scan {
public:
    Scan(const ScanOptions& options, Timestamp now, std::optional<Timestamp> since)
        : options_(options),
          servers_(servers_of(options.parsers)),
          now_(now),
          since_(since),
          survey_(io::random_seed()),
          progress_(prints_to_terminal(options) ? Progress::Shown::never
                                                : Progress::Shown::if_terminal)
    {
        so_far_.total = size_of(options.files);
    }

    int run()
    {
        for (const auto& file : options_.files)
            read_log(file);
        progress_.clear();
        print();
        write_out();
        std::cout.flush();
        if (!std::cout || std::ferror(stdout) != 0 || std::fflush(stdout) != 0) {
            return fail(kFailed, "cannot write the result: standard output is gone or full");
        }
        return failed_ ? kFailed : kDone;
    }

private:
    void read_log(const std::string& file)
    {
        LogFindings log{.file = file};
        if (auto reader = io::LogReader::open(file)) {
            read_lines(*reader, log);
        } else {
            complain(log, reader.error().message);
        }
        logs_.push_back(std::move(log));
    }

    void read_lines(io::LogReader& reader, LogFindings& log)
    {
        const auto written = last_written(log.file, now_);
        LogParser parser(servers_, io::local_zone(written));
        const auto before = so_far_;
        const io::LineCallback on_line = [&](std::string_view line) {
            ++log.lines;
            log.bytes += line.size() + 1;
            if (const auto event = parser.parse(line, written)) take(*event, log);
        };
        for (auto more = Result(true); more.ok() && *more;) {
            more = reader.read_some(on_line);
            if (!more.ok()) complain(log, more.error().message);
            so_far_.lines = before.lines + log.lines;
            so_far_.bytes = before.bytes + log.bytes;
            so_far_.done = before.done + reader.bytes_read();
            progress_.show(so_far_);
        }
        log.unread = reader.oversized();
    }

    void take(const Event& event, LogFindings& log)
    {
        if (since_ && event.time < *since_) {
            ++earlier_;
            return;
        }
        ++log.events;
        if (!options_.events) return survey_.add(event, static_cast<std::uint32_t>(logs_.size()));
        output_ += to_json_line(event, log.file, log.lines);
        if (output_.size() >= kOutputBlock || prints_to_terminal_) write_out();
    }

    void complain(LogFindings& log, const std::string& problem)
    {
        progress_.clear();
        fail(kFailed, problem);
        log.problem = problem;
        failed_ = true;
    }

    void print()
    {
        if (options_.events) return;
        const auto all = std::numeric_limits<std::size_t>::max();
        const bool whole = options_.accounts || options_.top == 0;
        auto findings = survey_.findings(whole ? all : options_.top);
        findings.logs = std::move(logs_);
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
    MailServers servers_;
    Timestamp now_;
    std::optional<Timestamp> since_;
    Survey survey_;
    Progress progress_;
    ReadSoFar so_far_{};
    std::vector<LogFindings> logs_{};
    std::uint64_t earlier_ = 0;
    std::string output_{};
    bool prints_to_terminal_ = prints_to_terminal(options_);
    bool failed_ = false;
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
