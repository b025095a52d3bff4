// LogMatches: which files a pattern fits, and which of them are logs of their own. It lists and
// asks stat(); which file is what is decided by own_logs().
#pragma once

#include "mailban/rotation/own_logs.h"

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mailban::io {

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

LogMatches find_matches(const std::string& pattern, const KnownLogs& known);

}  // namespace mailban::io
