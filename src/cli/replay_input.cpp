#include "cli/replay_input.h"

#include "cli/command.h"
#include "cli/config_file.h"
#include "io/allow/allow_file.h"
#include "io/allow/containers.h"
#include "io/allow/gateways.h"
#include "io/daemon/system.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <iostream>

namespace mailban::cli {

namespace {

bool has_own_config()
{
    // One that may not be read is one: its error has to be seen.
    return ::access(kDefaultConfig, F_OK) == 0 || errno != ENOENT;
}

// Whether the file is what the source follows, or was it before it was rotated: mainlog.1.gz,
// mainlog-20261101.
bool is_log_of(const SourceConfig& source, const std::string& path)
{
    if (source.file.empty()) return false;
    for (const char* end : {"", ".*", "-*"}) {
        if (::fnmatch((source.file + end).c_str(), path.c_str(), FNM_PATHNAME) == 0) return true;
    }
    return false;
}

}  // namespace

std::optional<NamedSettings> read_settings(const std::string& path)
{
    NamedSettings read{"the shipped rules", {}};
    read.settings.config.rules = default_rules();
    if (!path.empty() || has_own_config()) {
        read.name = path.empty() ? kDefaultConfig : path;
        auto config = read_config(read.name, SourcesKey::optional);
        if (!config) return std::nullopt;
        read.settings.config = std::move(*config);
    }
    std::vector<std::string> problems;
    read.settings.allow = io::load_allowlist(read.settings.config.allow, problems);
    for (const auto& problem : problems)
        std::cerr << "mailban: " << problem << '\n';
    read.settings.own = io::own_addresses();
    const PrefixSet gateways = io::default_gateways();
    for (const Prefix& gateway : gateways.prefixes())
        read.settings.own.insert(gateway);
    const PrefixSet containers = io::container_networks();
    for (const Prefix& network : containers.prefixes())
        read.settings.own.insert(network);
    read.settings.hash_seed = io::random_seed();
    return read;
}

std::vector<OldLog> as_configured(const std::vector<std::string>& files, const Config& config)
{
    std::vector<OldLog> logs;
    for (const auto& file : files) {
        std::error_code ec;
        const auto path = std::filesystem::absolute(file, ec).lexically_normal().string();
        const auto source =
            std::find_if(config.sources.begin(), config.sources.end(),
                         [&](const SourceConfig& one) { return is_log_of(one, path); });
        if (source == config.sources.end()) {
            logs.push_back({file, MailServers::any(), config.patterns, {}});
        } else {
            logs.push_back({file, source->parser, source->patterns, source->assured});
        }
    }
    return logs;
}

void add_replay_input(CLI::App& command, ReplayInput& input)
{
    command.add_option("files", input.files, "Logs, plain, .gz or .zst; - is standard input")
        ->type_name("FILE")
        ->required();
    command
        .add_option("--config", input.config,
                    std::string("The configuration; else ") + kDefaultConfig +
                        ", and where there is none, the shipped rules")
        ->type_name("FILE");
}

bool read_by_time(OldLogs& logs, const OldLogs::EventCallback& on_event)
{
    Progress progress(Progress::Shown::if_terminal);
    bool is_well = true;
    logs.read(
        OldLogs::Order::by_time, on_event, [&](const ReadSoFar& so_far) { progress.show(so_far); },
        [&](const std::string& problem) {
            progress.clear();
            is_well = false;
            fail(kFailed, problem);
        });
    return is_well;
}

int finish_output(int code)
{
    std::cout.flush();
    if (!std::cout || std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        return fail(kFailed, "cannot write the result: standard output is gone or full");
    }
    return code;
}

}  // namespace mailban::cli
