// LogDirectory: where the files of one log are, under whatever names rotation gave them.
#pragma once

#include "io/source/log_file.h"
#include "io/source/log_position.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

// What became of a file that was being read.
struct Trail {
    // The file that holds what followed the position, at that position: the same file by device,
    // inode and beginning, or else a copy that begins like it (copytruncate).
    std::optional<LogFile> file{};
    // Files that were rotated away since then, oldest first, at their beginning. Does not hold the
    // file that has the log's name.
    std::vector<LogFile> newer{};
    // The file is not there, but a compressed one is that may be what became of it.
    bool may_be_compressed = false;
};

class LogDirectory {
public:
    // Of the log `path`; a symbolic link leads to the directory of what it points to.
    explicit LogDirectory(const std::string& path);

    Trail trail_of(const FilePosition& position) const;

    const std::string& path() const noexcept { return path_; }
    const std::string& log_name() const noexcept { return name_; }

private:
    struct Entry {
        std::string name{};
        LogStat stat{};
        bool operator==(const Entry& other) const noexcept
        {
            return name == other.name && stat.device == other.stat.device &&
                   stat.inode == other.stat.inode;
        }
    };
    using Found = std::pair<std::string, LogFile>;

    std::vector<Entry> list() const;
    std::optional<LogFile> open(const Entry& entry) const;
    std::optional<Found> find(const std::vector<Entry>& entries,
                              const FilePosition& position) const;
    std::optional<Found> find_copy(const std::vector<Entry>& entries,
                                   const FilePosition& position) const;
    Trail look(const std::vector<Entry>& entries, const FilePosition& position) const;

    std::string path_{};  // of the directory
    std::string name_{};  // of the log in it
};

}  // namespace mailban::io
