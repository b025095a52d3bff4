#include "io/daemon/check.h"

#include "io/allow/allow_file.h"
#include "io/daemon/check_access.h"
#include "io/daemon/check_journal.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/files/trusted_file.h"
#include "io/firewall/choose.h"
#include "io/process/process.h"
#include "io/source/log_glob.h"
#include "mailban/parse/log_parser.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace mailban::io {

namespace {

using Grade = Finding::Grade;

// How much of a log's end is read to see whether its lines are understood.
constexpr off_t kSample = 1024L * 1024;

std::string read_end(int fd, off_t size)
{
    std::string text(static_cast<std::size_t>(std::min(size, kSample)), '\0');
    const ssize_t got =
        ::pread(fd, text.data(), text.size(), size - static_cast<off_t>(text.size()));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

std::vector<Finding> judge_lines(const std::string& subject, const std::string& text,
                                 const SourceConfig& source)
{
    const Timestamp now = system_now();
    LogParser log(source.parser, zone_of(source, now), source.patterns, source.assured,
                  random_seed());
    std::size_t lines = 0;
    std::size_t events = 0;
    std::optional<Timestamp> newest;
    for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != std::string::npos;
         from = to + 1) {
        ++lines;
        const auto event = log.parse(std::string_view(text).substr(from, to - from), now);
        if (!event) continue;
        ++events;
        newest = newest ? std::max(*newest, event->time) : event->time;
    }
    const std::string counts = "readable; " + std::to_string(events) + " events in the last " +
                               std::to_string(lines) + " lines";
    std::vector<Finding> findings{{Grade::well, subject, counts}};
    if (newest && *newest > now + std::chrono::minutes(1)) {
        findings.front() = {Grade::warning, subject,
                            counts + "; its newest stamp, " + format_timestamp(*newest) +
                                ", is in the future: do the server and this machine "
                                "agree on the time zone?"};
    }
    add_concerns(subject, log.concerns(), findings);
    return findings;
}

std::vector<Finding> check_log(const std::string& path, const SourceConfig& source)
{
    const std::string subject = "log " + path;
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        return {{Grade::warning, subject, "does not exist (yet); it will be awaited"}};
    }
    if (fd < 0) {
        const int code = errno;
        std::string text = std::string("cannot be read: ") + std::strerror(code);
        if (code == EACCES) text += who_may_read(path);
        return {{Grade::wrong, subject, std::move(text)}};
    }
    struct stat st = {};
    ::fstat(fd, &st);
    std::vector<Finding> findings{{Grade::wrong, subject, "is not a plain file"}};
    if (S_ISREG(st.st_mode)) findings = judge_lines(subject, read_end(fd, st.st_size), source);
    ::close(fd);
    return findings;
}

Finding check_clock()
{
    timex state = {};
    if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
        return {Grade::warning, "clock", "not synchronised; is an NTP client running?"};
    }
    return {Grade::well, "clock", "synchronised, " + format_timestamp(system_now())};
}

Finding check_state(const Config& config)
{
    const std::string& directory = config.state.directory;
    struct stat st = {};
    if (::stat(directory.c_str(), &st) != 0) {
        return {Grade::warning, "state", directory + " does not exist yet; run creates it"};
    }
    if (!S_ISDIR(st.st_mode)) return {Grade::wrong, "state", directory + " is not a directory"};
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
        return {Grade::wrong, "state", directory + ": " + std::strerror(errno)};
    }
    // Root is asked in place of the service's user.
    const bool is_anothers = ::geteuid() == 0 && st.st_uid != 0 && (st.st_mode & S_IWOTH) == 0;
    if (is_anothers) {
        const auto user = user_name_of(st.st_uid);
        return {Grade::warning, "state",
                directory + " belongs to " + user +
                    ", as whom mailban has to run; see `mailban check --as " + user + "`"};
    }
    const auto safe = check_state_directory(directory);
    if (!safe) return {Grade::wrong, "state", safe.error().message};
    return {Grade::well, "state", directory};
}

// What nobody else can have written (the rest is refused unread), and whom that may surprise.
Finding check_group(const std::string& subject, const std::string& path)
{
    const auto file = open_trusted(path);
    if (!file) return {Grade::wrong, subject, file.error().message};
    const auto ownership = ownership_of(*file, path);
    if (!ownership) return {Grade::wrong, subject, ownership.error().message};
    if (auto doubt = doubt_about(*ownership)) return {Grade::warning, subject, std::move(*doubt)};
    return {Grade::well, subject, path};
}

asio::awaitable<void> find_firewall(const Config& config, Finding& finding)
{
    const ProcessRunner run = run_program;
    auto chosen = co_await choose_firewall(config.firewall, config.prefix, run);
    if (!chosen.ok()) {
        finding = {Grade::wrong, "firewall", chosen.error().message};
        co_return;
    }
    const std::string name((*chosen)->name());
    const auto usable = co_await (*chosen)->may_change();
    if (!usable) {
        finding = {Grade::wrong, "firewall",
                   name + " cannot be changed by " + user_name() + ": " + usable.error().message};
        co_return;
    }
    const bool is_auto = config.firewall.backend == Backend::automatic;
    finding = {Grade::well, "firewall", name + (is_auto ? ", found by 'auto'" : ", as configured")};
}

Finding check_firewall(const Config& config)
{
    asio::io_context context;
    Finding finding{Grade::wrong, "firewall", "could not be looked at"};
    asio::co_spawn(context, find_firewall(config, finding), asio::detached);
    context.run_for(std::chrono::seconds(30));
    return finding;
}

bool names(const SourceConfig& source, const PatternSpec& pattern)
{
    const auto is_it = [&](const PatternSpec& one) { return one.name == pattern.name; };
    return std::any_of(source.patterns.begin(), source.patterns.end(), is_it);
}

// Their examples were tried when the configuration was read.
Finding check_pattern(const Config& config, const PatternSpec& pattern)
{
    const std::string subject = "pattern " + pattern.name;
    const bool is_used = std::any_of(config.sources.begin(), config.sources.end(),
                                     [&](const auto& source) { return names(source, pattern); });
    if (!is_used) return {Grade::warning, subject, "is not used: no source's 'parser:' names it"};
    const auto tried = pattern.examples.size() + pattern.counter_examples.size();
    if (tried == 0) return {Grade::warning, subject, "has no examples: nobody knows what it reads"};
    return {Grade::well, subject, std::to_string(tried) + " examples are read as they should be"};
}

// A server that is named, but whose lines are not believed without the administrator's word.
void check_assurances(const SourceConfig& source, std::vector<Finding>& findings)
{
    const auto warn_of = [&](MailServer server, bool is_assured) {
        if (is_assured || !source.parser.contains(server)) return;
        const std::string subject = "source " + (source.file.empty() ? "journal" : source.file);
        findings.push_back({Grade::warning, subject,
                            std::string(to_string(server)) + " is named, but not believed: " +
                                std::string(explain(Concern::forgeable)) + " " +
                                std::string(advice_on(Concern::forgeable, server))});
    };
    warn_of(MailServer::sogo, source.assured.trusted_front_end);
    warn_of(MailServer::horde, source.assured.escaped_line_feeds);
}

// Is not run: who knows what it does.
Finding check_hook(const HookConfig& hook)
{
    const std::string& program = hook.run.front();
    const std::string subject = "hook " + program;
    const std::string path = find_program(program);
    if (::access(path.c_str(), X_OK) == 0) return {Grade::well, subject, path + " can be run"};
    return {Grade::wrong, subject, std::string("cannot be run: ") + std::strerror(errno)};
}

void check_allow(const AllowConfig& allow_config, std::vector<Finding>& findings)
{
    std::vector<std::string> problems;
    const PrefixSet allow = load_allowlist(allow_config, problems);
    for (auto& problem : problems)
        findings.push_back({Grade::wrong, "allow", std::move(problem)});
    if (problems.empty()) {
        findings.push_back({Grade::well, "allow", std::to_string(allow.size()) + " prefixes"});
    }
    for (const auto& file : allow_config.files) {
        auto finding = check_group("allow", file);
        if (finding.grade == Grade::warning) findings.push_back(std::move(finding));
    }
}

}  // namespace

void add_concerns(const std::string& subject, const LogConcerns& concerns,
                  std::vector<Finding>& findings)
{
    for (const auto& concern : concerns.entries())
        findings.push_back({Grade::warning, subject, to_string(concern)});
}

std::vector<Finding> check_machine(const Config& config, const std::string& config_path)
{
    std::vector<Finding> findings{check_user(), check_group("configuration", config_path)};
    const auto add = [&](std::vector<Finding> more) {
        std::move(more.begin(), more.end(), std::back_inserter(findings));
    };
    for (const auto& source : config.sources) {
        check_assurances(source, findings);
        if (source.file.empty()) {
            add(check_journal(source));
            continue;
        }
        const auto files = matching_logs(source.file);
        for (const auto& file : files)
            add(check_log(file, source));
        if (files.empty()) add(check_log(source.file, source));
    }
    for (const auto& pattern : config.patterns)
        findings.push_back(check_pattern(config, pattern));
    for (const auto& hook : config.hooks)
        findings.push_back(check_hook(hook));
    check_allow(config.allow, findings);
    findings.push_back(check_state(config));
    findings.push_back(check_control(config));
    findings.push_back(check_clock());
    findings.push_back(check_firewall(config));
    return findings;
}

}  // namespace mailban::io
