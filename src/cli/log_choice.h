// LogChoice: which old logs a command reads, and how the configuration says to read them.
#pragma once

#include "cli/command.h"
#include "cli/old_logs.h"
#include "mailban/config/config.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mailban::cli {

// Options of every command that reads old logs.
struct LogChoice {
    std::vector<std::string> files{};
    bool journal = false;
    std::string directory{};  // of journal files; empty: this machine's journal
    std::string since{};
    std::string config{};
};
// The options, without the files.
void add_log_choice(CLI::App& command, LogChoice& choice);
// The files as what stands behind the options.
void add_log_files(CLI::App& command, LogChoice& choice);

struct NamedConfig {
    std::string name{};  // the configuration's file, or "the shipped rules"
    Config config{};
};
// The configuration `path`; where it is empty, this machine's, and if it has none, the shipped
// rules and `sources: auto`. nullopt after every mistake has been printed.
std::optional<NamedConfig> read_own_config(const std::string& path);

struct ChosenLogs {
    std::vector<OldLog> logs{};
    std::optional<Timestamp> since{};

    bool is_too_old(const Event& event) const { return since && event.time < *since; }
};

// The named files, each as the source would read it that names it, or the log that it was before it
// was rotated; others with every server's parser and all of the configuration's patterns.
//
// With `journal`: the journal's parts that the configuration names, and where it names none or
// discovers, those that mail servers have written. Where neither is asked for: all sources of the
// configuration, files with what rotation left of them, the oldest first; those that were last
// written before `since` are left out, and a file that is not there is no mistake if another is.
//
// Otherwise the exit code, after it was said why.
std::variant<ChosenLogs, int> choose_logs(const LogChoice& choice, const NamedConfig& config,
                                          Timestamp now);

// Says on stderr which logs had lines, and none of a mail server that mailban knows.
void note_unknown(const OldLogs& logs);

}  // namespace mailban::cli
