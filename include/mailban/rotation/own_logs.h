// Which of several files are logs of their own, and which are what rotation left of one.
//
// What rotation leaves behind is no log: its lines are read as those of the log it was. A name that
// ends in a number or a date ("mainlog.1", "exim-mainlog-20261128", "192.0.2.10") is a rotated file
// only if the log is there that it would come from: a regular file beside it, or one that is
// followed. A log that was last written a day or more before a dated file was is not where that
// comes from: somebody has gone over from one log to one a day. Where the log is missing, an older
// compressed file of the same count ("mainlog.2.gz" beside "mainlog.1") shows that it is awaited.
#pragma once

#include "mailban/time/time.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailban {

using FileId = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

// A regular file.
struct LogMatch {
    std::string path{};
    FileId id{};
    std::uint64_t size = 0;
    Timestamp written{};
    bool operator==(const LogMatch&) const = default;
};

// The paths of the logs of which these files may be rotated files, each once.
std::set<std::string> parents_of(const std::vector<LogMatch>& files);

// Such a log, as the shell has found it.
struct ParentLog {
    // It is followed, or an earlier run has followed it and one of the files is what it read last.
    bool is_expected = false;
    std::optional<Timestamp> written{};  // of the file; nullopt: there is none
};

struct LogMatches {
    std::vector<LogMatch> logs{};  // in the order in which they were given
    // Rotated files by their count, for the log that they come from is there.
    std::vector<std::string> counted{};
};
// `names`: of everything that lies beside the files, with these. `parents`: of parents_of(files).
// `is_followed`: whether the file is followed as a log of its own, or an earlier run has. Such a
// one stays a log if only a date in its name speaks against it.
LogMatches own_logs(std::vector<LogMatch> files, const std::vector<std::string>& names,
                    const std::map<std::string, ParentLog>& parents,
                    const std::function<bool(const std::string& path)>& is_followed);

// A log's files of the past, in the order in which they are to be read: the oldest first. Files
// that were last written before `since` are left out, so is a file's second name, and a compressed
// copy of one that is there as well.
std::vector<LogMatch> in_order_of_age(std::vector<LogMatch> files, std::optional<Timestamp> since);

}  // namespace mailban
