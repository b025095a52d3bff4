// past_files: a log with everything that rotation has left of it.
#pragma once

#include "mailban/time/time.h"

#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

struct PastFile {
    std::string path{};
    Timestamp written{};  // when it was last written
    bool operator==(const PastFile&) const = default;
};

// The files that the path or glob `pattern` names, and the files that rotation made of them
// (mainlog.1, mainlog-20261101.gz, mainlog.old; of a path also mail.1.log), compressed or not.
// Files that were last written before `since` are left out. The oldest come first. A file that has
// two names is there once, and a compressed copy of one that is there as well is left out. If
// nothing is found and `pattern` is no glob, the result is `pattern` itself: reading it shows what
// is wrong with it.
std::vector<PastFile> past_files(const std::string& pattern, std::optional<Timestamp> since);

}  // namespace mailban::io
