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

// The files that the path or glob `pattern` names, and what they became when they were rotated
// (mainlog.1, mainlog-20261101.gz, mainlog.old), packed or not; those that were last written before
// `since` are left out. The oldest come first. A file that has two names is there once, and a
// packed copy of one that is there as well is not. Where nothing is found, `pattern` itself is, if
// it is no glob: whoever reads it then says what is wrong with it.
std::vector<PastFile> past_files(const std::string& pattern, std::optional<Timestamp> since);

}  // namespace mailban::io
