// What offline judgement is made from: a configuration as the daemon would take it, and old logs.
#pragma once

#include "cli/command.h"
#include "cli/old_logs.h"
#include "mailban/replay/replay.h"

#include <optional>
#include <string>
#include <vector>

namespace mailban::cli {

// Options of every command that judges old logs.
struct ReplayInput {
    std::vector<std::string> files{};
    std::string config{};
    bool json = false;
};
void add_replay_input(CLI::App& command, ReplayInput& input);

struct NamedSettings {
    std::string name{};  // the configuration's file, or "the shipped rules"
    ReplaySettings settings{};
};

// The configuration `path`; where it is empty, this machine's, and if it has none, the shipped
// rules. `sources` may be missing in it. An allowlist that cannot be read is told on stderr, as the
// daemon would tell it. nullopt after every mistake has been printed.
std::optional<NamedSettings> read_settings(const std::string& path);

// Each file as the source would read it that names it, or the log that it was before it was
// rotated; others with every server's parser and all of the configuration's patterns.
std::vector<OldLog> as_configured(const std::vector<std::string>& files, const Config& config);

// Hands over every event by time. False: something could not be read, which was told.
bool read_by_time(OldLogs& logs, const OldLogs::EventCallback& on_event);

// Flushes stdout; kFailed, and said, where it took not everything.
int finish_output(int code);

}  // namespace mailban::cli
