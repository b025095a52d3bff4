// Where a file went: which entry of a directory is the file that was being read, or holds what
// followed in it. Decided from a listing and a position; the shell opens and reads.
#pragma once

#include "mailban/rotation/position.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// A regular file in a directory.
struct DirectoryEntry {
    std::string name{};
    FileStat stat{};
};
// Of one directory, in order of name.
using Listing = std::vector<DirectoryEntry>;

// Whether nothing was renamed, made or deleted between two listings. Files may have grown.
bool is_unchanged(const Listing& before, const Listing& after);

// Which directory a listing is of.
enum class ListedDirectory : std::uint8_t {
    own,     // the log's own
    olddir,  // one in it, as logrotate's `olddir` fills it: only names that rotation gives count
};

// The entries that may hold what followed `position` in the log `log`. They are to be looked at in
// this order: the first that begins_like() the position is the one.
//
//  1. the entry with its device and inode: it was renamed at most;
//  2. a copy under the log's name or a name that rotation gives, the longest first: the last that
//     was made (copytruncate, or another device number after a reboot);
//  3. an archive under such a name, unless the file that it is made from is still there;
//  4. copies and archives under any other name that begins with the log's. Somebody may keep a copy
//     beside the log to which the log's lines are still added, so these come last.
//
// An empty file has no fingerprint: it can only be found by its inode.
Listing candidates(const Listing& listing, std::string_view log, const FilePosition& position,
                   ListedDirectory listed = ListedDirectory::own);

}  // namespace mailban
