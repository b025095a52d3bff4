#include "io/daemon/check.h"

#include "io/allow/allow_file.h"
#include "io/daemon/check_access.h"
#include "io/daemon/check_forward.h"
#include "io/daemon/check_hook.h"
#include "io/daemon/check_policy.h"
#include "io/daemon/check_sources.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/files/trusted_file.h"
#include "io/firewall/choose.h"
#include "io/process/process.h"
#include "io/source/log_glob.h"
#include "mailban/parse/log_parser.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <system_error>

namespace mailban::io {

namespace {

using Grade = Finding::Grade;

Finding check_clock()
{
    timex state = {};
    if (::adjtimex(&state) == TIME_ERROR || (state.status & STA_UNSYNC) != 0) {
        return {Grade::warning, "clock", "not synchronised; start an NTP client"};
    }
    return {Grade::well, "clock",
            "synchronised, " + local_text(system_now(), local_zone(system_now()))};
}

Finding check_state(const Config& config)
{
    const std::string& directory = config.state.directory;
    struct stat st = {};
    if (::stat(directory.c_str(), &st) != 0) {
        return {Grade::warning, "state",
                directory + " does not exist yet; `mailban run` creates it"};
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
                    "; mailban must run as this user, see `mailban check --as " + user + "`"};
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
    if (config.firewall.backend == Backend::door) {
        finding = {Grade::well, "firewall",
                   "none (backend door): bans hold where mail servers ask, and mailban needs no "
                   "right to change a firewall"};
        co_return;
    }
    const bool is_auto = config.firewall.backend == Backend::automatic;
    finding = {Grade::well, "firewall", name + (is_auto ? ", found by 'auto'" : ", as configured")};
}

Finding check_firewall(const Config& config)
{
    asio::io_context context;
    Finding finding{Grade::wrong, "firewall", "no answer within 30 s"};
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
    if (!is_used)
        return {Grade::warning, subject, "is not used; name it in the 'parser:' of a source"};
    const auto tried = pattern.examples.size() + pattern.counter_examples.size();
    if (tried == 0)
        return {Grade::warning, subject, "has no examples; add lines that it must read"};
    return {Grade::well, subject, std::to_string(tried) + " examples are read correctly"};
}

// Those that come with mailban and that a source names.
void check_shipped(const Config& config, std::vector<Finding>& findings)
{
    std::vector<std::string> told;
    for (const auto& pattern : config.patterns)
        told.push_back(pattern.name);
    for (const auto& source : config.sources) {
        for (const auto& pattern : source.patterns) {
            if (std::find(told.begin(), told.end(), pattern.name) != told.end()) continue;
            told.push_back(pattern.name);
            const auto tried = pattern.examples.size() + pattern.counter_examples.size();
            findings.push_back({Grade::well, "pattern " + pattern.name,
                                "shipped with mailban, in use; " + std::to_string(tried) +
                                    " examples are read correctly"});
        }
    }
}

void check_allow(const AllowConfig& allow_config, const std::optional<Sandbox>& sandbox,
                 std::vector<Finding>& findings)
{
    std::vector<std::string> problems;
    const PrefixSet allow = load_allowlist(allow_config, problems);
    for (auto& problem : problems)
        findings.push_back({Grade::wrong, "allow", std::move(problem)});
    if (problems.empty()) {
        findings.push_back({Grade::well, "allow", plural(allow.size(), "prefix", "prefixes")});
    }
    for (const auto& file : allow_config.files) {
        if (auto hidden = hidden_text(file, sandbox)) {
            findings.push_back({Grade::wrong, "allow", file + ": " + *hidden});
            continue;
        }
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

std::optional<std::string> hidden_text(const std::string& path,
                                       const std::optional<Sandbox>& sandbox)
{
    if (!sandbox) return std::nullopt;
    // A link may lead into a place that is hidden.
    std::error_code ec;
    const auto real = std::filesystem::weakly_canonical(path, ec);
    const auto hidden = sandbox->hides(ec ? path : real.string());
    if (!hidden) return std::nullopt;
    return explain(*hidden, sandbox->unit());
}

std::vector<Finding> check_machine(const Config& config, const std::string& config_path,
                                   const std::optional<Sandbox>& sandbox)
{
    std::vector<Finding> findings{check_user(), check_group("configuration", config_path)};
    const auto add = [&](std::vector<Finding> more) {
        std::move(more.begin(), more.end(), std::back_inserter(findings));
    };
    for (const auto& warning : config.warnings)
        findings.push_back({Grade::warning, "configuration", warning});
    add(check_sources(config, sandbox));
    for (const auto& pattern : config.patterns)
        findings.push_back(check_pattern(config, pattern));
    check_shipped(config, findings);
    for (const auto& hook : config.hooks)
        add(check_hook(hook, sandbox));
    check_allow(config.allow, sandbox, findings);
    if (config.policy.mode != PolicyMode::off && config.policy.dovecot)
        findings.push_back(check_group("policy", config.policy.key_file));
    add(check_policy(config));
    findings.push_back(check_state(config));
    findings.push_back(check_control(config));
    findings.push_back(check_clock());
    findings.push_back(check_firewall(config));
    add(check_forward(config));
    return findings;
}

}  // namespace mailban::io
