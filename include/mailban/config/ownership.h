// Whether a file may say what is done: nobody but root and the daemon's own user can have written
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mailban {

// Of a file or a directory, as the kernel has it.
struct Ownership {
    std::string path{};
    std::uint32_t user = 0;
    std::uint32_t mode = 0;  // the permissions: 07777 at most
};

// Why not, and what helps; nullopt: it may.
std::optional<std::string> distrust_of_file(const Ownership& file, std::uint32_t own_user);
// A directory in which everybody may replace files, unless it is sticky (as /tmp is), or which is
// somebody else's: who can only put another file of root's there (a log, a line in /proc) still
// chooses which.
std::optional<std::string> distrust_of_directory(const Ownership& directory,
                                                 std::uint32_t own_user);
// The daemon's memory: what stands there is believed.
std::optional<std::string> distrust_of_state(const Ownership& directory, std::uint32_t own_user);

// What is allowed, and may not be meant: a group may write it.
std::optional<std::string> doubt_about(const Ownership& file);

}  // namespace mailban
