// Resumption: with which files, and at which offsets, a log is read on after a restart.
//
// The position of an earlier run is a list of files, and each may be anywhere by now, or gone. For
// each that is to be looked for (next) the caller looks (candidates) and says what it has found.
#pragma once

#include "mailban/rotation/fingerprint.h"
#include "mailban/rotation/position.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

class Resumption {
public:
    // What became of one file of the position.
    struct Found {
        std::string name{};        // what it is called now
        FileFacts facts{};         // of it
        bool is_followed = false;  // rotated files newer than it were found, too
    };
    // With which files to go on, oldest first. `at` is the file's index in the position; it is read
    // on at its offset there.
    struct File {
        std::size_t at = 0;
        // The position does not show what was read of it. Once it has content its fingerprint tells
        // its copies from earlier ones; they are searched then for what followed file `at` - 1.
        bool is_searched = false;
        bool operator==(const File&) const = default;
    };
    struct Plan {
        std::vector<File> files{};
        // Of this file of the position the newer rotated files come next; nullopt: none do.
        std::optional<std::size_t> newer_than{};
        // Files that are gone and were not certainly read to their ends.
        std::size_t missed = 0;
        // Every file that is newer than these has not been read at all.
        bool is_certain = true;
        // A file was not found, and a compressed one could not be looked into.
        bool may_be_compressed = false;
    };

    // Of the log `log`, its name without directory.
    Resumption(LogPosition position, std::string log);

    // The file that is to be looked for now: an index in the position. Nullopt: see plan().
    std::optional<std::size_t> next();
    void found(const Found& found);
    void not_found(bool may_be_compressed);

    // Once next() has said nullopt.
    Plan plan() const;

private:
    bool drop_copy(const FileStat& stat);
    bool is_newer_than_found() const;
    bool is_another(const FileFacts& file) const;

    LogPosition position_;
    std::string log_;
    std::size_t at_ = 0;
    std::vector<std::string> names_{};  // of plan_.files, and so are these
    std::vector<FileStat> stats_{};
    bool is_last_followed_ = false;
    Plan plan_{};
};

}  // namespace mailban
