// LogPosition: how far one log file has been read, in terms that survive renames and restarts.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace mailban::io {

struct LogPosition {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;  // the first byte that has not been handed over
    // Hash of the file's first min(offset, 4096) bytes and that length: an inode number is used
    // again, a file is copied over itself; its beginning tells.
    std::uint64_t fingerprint = 0;
    std::uint32_t fingerprint_length = 0;
    bool operator==(const LogPosition&) const = default;
};

// What stat() says of the file that now has the name.
struct LogStat {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
};

enum class TailStep : std::uint8_t {
    wait,      // nothing new
    read,      // there are bytes behind the position
    rewind,    // the file is shorter than what was read: truncated, begin anew
    replaced,  // the name belongs to another file now
};

constexpr TailStep next_step(const LogPosition& at, const LogStat& now) noexcept
{
    if (at.device != now.device || at.inode != now.inode) return TailStep::replaced;
    if (now.size < at.offset) return TailStep::rewind;
    return now.size == at.offset ? TailStep::wait : TailStep::read;
}

}  // namespace mailban::io
