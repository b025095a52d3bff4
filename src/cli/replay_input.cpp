#include "cli/replay_input.h"

#include "io/allow/allow_file.h"
#include "io/allow/containers.h"
#include "io/allow/gateways.h"
#include "io/daemon/system.h"

#include <cstdio>
#include <iostream>
#include <utility>

namespace mailban::cli {

std::optional<NamedSettings> read_settings(const std::string& path)
{
    auto own = read_own_config(path);
    if (!own) return std::nullopt;
    NamedSettings read{std::move(own->name), {}};
    read.settings.config = std::move(own->config);
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

bool read_by_time(OldLogs& logs, const ChosenLogs& chosen, const OldLogs::EventCallback& on_event)
{
    Progress progress(Progress::Shown::if_terminal);
    bool is_well = true;
    logs.read(
        OldLogs::Order::by_time,
        [&](const Event& event, std::uint32_t log, std::uint64_t line) {
            if (!chosen.is_too_old(event)) on_event(event, log, line);
        },
        [&](const ReadSoFar& so_far) { progress.show(so_far); },
        [&](const std::string& problem) {
            progress.clear();
            is_well = false;
            fail(kFailed, problem);
        });
    progress.clear();
    note_unknown(logs);
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
