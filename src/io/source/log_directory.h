// LogDirectory: where the files of one log are, under whatever names rotation gave them.
#pragma once

#include "io/source/log_file.h"
#include "io/source/log_position.h"
#include "mailban/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

// What became of a file that was being read.
struct Trail {
    // The file that holds what followed the position, at that position: the same file by device,
    // inode and beginning, or else one that begins like it (copytruncate), or an archive that does.
    // What rotation made is believed before any other file: somebody may keep a copy beside the log
    // to which the log's lines are still added.
    std::optional<LogFile> file{};
    std::string name{};  // what that is called now
    // Files that were rotated away since then, oldest first, at their beginning. Does not hold the
    // file that has the log's name.
    std::vector<LogFile> newer{};
    // The file that has the log's name; zero if none has.
    LogStat named{};
    // Files that belong here and may not be read: "cannot open …: Permission denied".
    std::vector<std::string> unreadable{};
    // The file is not there, but a packed one is that cannot be looked into.
    bool may_be_compressed = false;
};

class LogDirectory {
public:
    // Of the log `path`; a symbolic link leads to the directory of what it points to.
    explicit LogDirectory(const std::string& path);

    // As things were at one instant. An error means "not now": files are being renamed, no more
    // can be opened, or the log itself may not be read.
    Result<Trail> trail_of(const FilePosition& position) const;

    // Returns when every change of a name that could be seen before has also been told by the
    // kernel (Watcher). An error says why that cannot be known.
    Status sync() const;

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
    using Entries = std::vector<Entry>;
    using Found = std::pair<std::string, LogFile>;
    // Nullopt: not there, or not to be read (then `trail` says so).
    template <class T>
    using Maybe = Result<std::optional<T>>;

    // What rotation, counting or dating, makes of the log, and the log itself; whatever else begins
    // with its name.
    enum class Kin : std::uint8_t { own, stranger };

    std::optional<Trail> find_named(const FilePosition& position) const;
    Result<Entries> list() const;
    Maybe<LogFile> open(const Entry& entry, Trail& trail) const;
    Maybe<Found> find(const Entries& entries, const FilePosition& position, Trail& trail) const;
    Maybe<Found> find_alike(const Entries& entries, const FilePosition& position,
                            Trail& trail) const;
    bool is_kin(const std::string& name, Kin kin) const;
    Maybe<Found> find_copy(const Entries& entries, Kin kin, const FilePosition& position,
                           Trail& trail) const;
    Maybe<Found> find_archive(const Entries& entries, Kin kin, const FilePosition& position,
                              Trail& trail) const;
    Result<Trail> look(const Entries& entries, const FilePosition& position) const;
    Status open_newer(const Entries& entries, const std::string& found, Trail& trail) const;

    std::string path_{};  // of the directory
    std::string name_{};  // of the log in it
};

}  // namespace mailban::io
