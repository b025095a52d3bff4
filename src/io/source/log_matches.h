// LogMatches: which files a pattern fits, and which of them are logs of their own.
//
// What rotation leaves behind is none: its lines are read as those of the log it was. A name that
// ends in a number or a date ("mainlog.1", "exim-mainlog-20261128", "192.0.2.10") is a rotated file
// only if the log is there that it would come from: a regular file beside it, or one that is
// followed. A log that was last written a day or more before a dated file was is not where that
// comes from: somebody has gone over from one log to one a day. Where the log is missing, an older
// compressed file of the same count ("mainlog.2.gz" beside "mainlog.1") shows that it is awaited.
#pragma once

#include "mailban/time/time.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

using FileId = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

struct LogMatch {
    std::string path{};
    FileId id{};
    std::uint64_t size = 0;
    Timestamp written{};
    bool operator==(const LogMatch&) const = default;
};

// Whether a source's path is a pattern: holds one of * ? [.
bool is_glob(const std::string& path);

// The directories and files that fit a pattern, in order of name.
std::vector<std::string> expand_glob(const std::string& pattern);

// Nullopt: there is no regular file of that name.
std::optional<LogMatch> match_of(const std::string& path);

// What else is known of logs.
struct KnownLogs {
    // It is followed as a log of its own, or an earlier run has.
    std::function<bool(const std::string& path)> is_followed{};
    // An earlier run has followed it, and one of these is the file that it read last.
    std::function<bool(const std::string& path, const std::set<FileId>& files)> is_awaited{};
};

struct LogMatches {
    std::vector<LogMatch> logs{};  // in order of name
    // Rotated files by their count, for the log that they come from is there.
    std::vector<std::string> counted{};
};
LogMatches find_matches(const std::string& pattern, const KnownLogs& known);

}  // namespace mailban::io
