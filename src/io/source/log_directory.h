// LogDirectory: where the files of one log are, under whatever names rotation gave them. It lists
// and opens; which entry is which, and in which order they are
// looked at, is decided by search_places(), candidates() and newer_rotated().
#pragma once

#include "io/source/log_file.h"
#include "mailban/result.h"
#include "mailban/rotation/position.h"
#include "mailban/rotation/whereabouts.h"

#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

// Where a file went that was being read.
struct Whereabouts {
    // The file that holds what followed the position, open at that position.
    std::optional<LogFile> file{};
    std::string name{};  // its name now
    // Files that were rotated away since then, oldest first, at their beginning. The file that has
    // the log's name is not among them.
    std::vector<LogFile> newer{};
    // The file that has the log's name; zero if none has.
    FileStat named{};
    // Files that belong here and may not be read: "cannot open …: Permission denied".
    std::vector<std::string> unreadable{};
    // The file was not found, and an archive could not be looked into.
    bool may_be_compressed = false;
};

class LogDirectory {
public:
    // Of the log `path`; a symbolic link leads to the directory of the file it points to.
    explicit LogDirectory(const std::string& path);

    // Of one instant: the directory was the same before and after. Where it has no file of
    // `position`, the directories in it are searched (`olddir`). An error means "not now": files
    // are being renamed, no more can be opened, or the log itself may not be read.
    Result<Whereabouts> whereabouts_of(const FilePosition& position) const;

    // Returns when the kernel has queued the events (FileWatcher) of all changes that were made
    // before. An error says why that cannot be known.
    Status sync() const;

    const std::string& path() const noexcept { return path_; }
    const std::string& log_name() const noexcept { return name_; }

private:
    LogDirectory(std::string path, std::string name, ListedDirectory listed);

    std::optional<Whereabouts> find_named(const FilePosition& position) const;
    std::optional<Whereabouts> find_in_directories(const FilePosition& position) const;
    Result<Whereabouts> search(const FilePosition& position) const;
    Result<Whereabouts> look(const Listing& listing, const FilePosition& position) const;
    // Nullopt: it may not be read, and `unreadable` says so.
    Result<std::optional<LogFile>> open(const DirectoryEntry& entry, Whereabouts& into) const;
    Status open_newer(const Listing& listing, Whereabouts& into) const;
    Result<Listing> list() const;
    std::vector<std::string> directories() const;

    std::string path_{};  // of the directory
    std::string name_{};  // of the log in it
    ListedDirectory listed_ = ListedDirectory::own;
};

}  // namespace mailban::io
