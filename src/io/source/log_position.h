// LogPosition: how far one log has been read, in terms that survive renames, copies and restarts.
//
// Around a rotation a log is more than one file: the old one may still be written by a process that
// has not reopened it while the new one is already being read. So the position of a log is a short
// list of files, each with its own offset.
#pragma once

#include <cstdint>
#include <vector>

namespace mailban::io {

// How far one file has been read.
struct FilePosition {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;  // the first byte whose line has not been handed over
    // Hash of the file's first `fingerprint_length` bytes (at most 4096, as many as were read, and
    // no part of a line, for many files begin with the same date): an inode number is used again, a
    // log is copied and truncated; the beginning tells.
    std::uint64_t fingerprint = 0;
    std::uint32_t fingerprint_length = 0;
    bool operator==(const FilePosition&) const = default;
};

// The files that may hold lines not handed over yet, oldest first; the last one is the newest that
// had the log's name. Empty: no such file was seen so far.
struct LogPosition {
    std::vector<FilePosition> files{};
    bool operator==(const LogPosition&) const = default;
};

// What stat() says of a file.
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

// What the file that now has the name means for a reader at `at`. A file that was truncated and has
// grown past `at` again looks like `read`; only its beginning tells (LogFile looks at it).
constexpr TailStep next_step(const FilePosition& at, const LogStat& now) noexcept
{
    if (at.device != now.device || at.inode != now.inode) return TailStep::replaced;
    if (now.size < at.offset) return TailStep::rewind;
    return now.size == at.offset ? TailStep::wait : TailStep::read;
}

}  // namespace mailban::io
