// The order of search: where a log's files are looked for, which of them come between two others,
// and which are lost. Decided from what the shell has listed, opened and asked stat() for.
#pragma once

#include "mailban/rotation/followed.h"
#include "mailban/rotation/position.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

// Where a file of the position is looked for.
enum class SearchPlace : std::uint8_t {
    log_name,   // the log's name still leads to it: a directory of thousands need not be listed
    directory,  // the log's directory: candidates()
    olddir,     // the directories in it, where logrotate may be told to put rotated files
};
// In this order; the first place that has the file ends the search. A file without a fingerprint
// has nothing but its inode, so it is looked for in the log's directory alone. `log`: the log's
// name without directory.
std::vector<SearchPlace> search_places(const FilePosition& position, std::string_view log);

// To find what the log held before the open file at `index` (or before whatever follows the last
// one): the files that were read before it, in the order in which they are to be looked for. What
// is newer than the first that is found comes before the file at `index`.
std::vector<FilePosition> sought_before(const std::vector<FollowedFile>& files, std::size_t index);

// After that search. A file without content is searched for again when it has some.
SearchBefore next_search(bool has_content);

// A rotated file that is newer than one that was found, as it is set against the open files and
// against the file that has the log's name.
struct RotatedFile {
    bool is_open = false;
    bool has_log_name = false;
    // It is a copy of the file that has the log's name, or an archive that was made of it.
    bool is_copy_of_named = false;
    bool is_archive = false;
    bool is_newest = false;  // of those that were found
    bool is_empty = false;
};
// Whether this file and those after it are left out, because the file that has the log's name holds
// their lines. The newest may be a copy that was just begun and is empty yet. `is_named`: a file
// has the log's name.
bool ends_rotated(const RotatedFile& file, bool is_named);

// What the log's name leads to, beside the newest open file.
enum class NamedFile : std::uint8_t {
    none,     // nothing has the name
    newest,   // the newest open file: nothing was rotated away
    another,  // a file that is not the newest; or no file is open
};
NamedFile named_file(const std::optional<FileStat>& named, const std::optional<FileStat>& newest);

// Files that had the log's name and were gone before they could be opened; each may be one of the
// archives that were found and belong to no other file.
struct GoneFiles {
    std::size_t lost = 0;      // no archive is left for them
    std::size_t archives = 0;  // that are left
    bool operator==(const GoneFiles&) const = default;
};
GoneFiles settle_gone(std::size_t gone, std::size_t archives);

// Whether a look at the names can be spared: nothing woke the tail.
struct QuietLog {
    bool is_settled = false;    // nothing was put off, the name led to a file, changes are reported
    std::size_t files = 0;      // open
    bool has_log_name = false;  // the newest
    SearchBefore search = SearchBefore::none;
    std::uint64_t read = 0;     // bytes of it
    std::uint64_t size = 0;     // now
    bool is_as_it_was = false;  // its inode has not changed since it was looked at (ctime)
};
bool is_undisturbed(const QuietLog& log);

}  // namespace mailban
