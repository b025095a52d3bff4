// LogPosition: how far one log has been read, in terms that survive renames, copies and restarts.
//
// Around a rotation a log is more than one file: the old file may still be written by a process
// that has not reopened it, while the new file is already being read. So the position of a log is a
// short list of files, each with its own offset. docs/rotation.md explains the whole.
#pragma once

#include <cstdint>
#include <vector>

namespace mailban {

// What stat() says of a file.
struct FileStat {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    bool operator==(const FileStat&) const = default;
};

// How far one file has been read.
struct FilePosition {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;  // the first byte whose line has not been handed over
    // The file's fingerprint (fingerprint.h); length 0: none is known, for it had no whole line.
    std::uint64_t fingerprint = 0;
    std::uint32_t fingerprint_length = 0;
    bool operator==(const FilePosition&) const = default;

    bool has_fingerprint() const noexcept { return fingerprint_length > 0; }
    // Whether device and inode are that file's. An inode is used again after a file was deleted.
    bool has_inode_of(const FileStat& file) const noexcept
    {
        return device == file.device && inode == file.inode;
    }
};

// The files that may hold lines not handed over yet, oldest first; the last one is the newest that
// had the log's name. Empty: no such file was seen so far.
struct LogPosition {
    std::vector<FilePosition> files{};
    bool operator==(const LogPosition&) const = default;
};

}  // namespace mailban
