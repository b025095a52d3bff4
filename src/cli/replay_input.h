// What offline judgement is made from: a configuration as the daemon would take it, and old logs.
#pragma once

#include "cli/log_choice.h"
#include "mailban/replay/replay.h"

#include <optional>
#include <string>

namespace mailban::cli {

struct NamedSettings {
    std::string name{};  // the configuration's file, or "the shipped rules"
    ReplaySettings settings{};
};

// The configuration as read_own_config() gives it, and what else a daemon would know at its start.
// An allowlist that cannot be read is told on stderr, as the daemon would tell it. nullopt after
// every mistake has been printed.
std::optional<NamedSettings> read_settings(const std::string& path);

// Hands over every event by time that is not too old. False: something could not be read, which was
// told.
bool read_by_time(OldLogs& logs, const ChosenLogs& chosen, const OldLogs::EventCallback& on_event);

// Flushes stdout; kFailed, and said, where it took not everything.
int finish_output(int code);

}  // namespace mailban::cli
