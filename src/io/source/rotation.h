// Rotation: how rotated logs are named, and which of them are newer than another. Names only.
//
// Two habits are known: counting (mainlog.1 is newer than mainlog.2, also mainlog.01) and dating
// (mainlog-20261102 is newer than mainlog-20261101).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailban::io {

// Whether a name looks like what rotation leaves behind: ".1", "-20261101", ".old", ".gz", "~" and
// their like at its end. A glob must not follow these; the log they came from is read to its end.
bool has_rotation_suffix(std::string_view name);

// Whether `name` is what counting or dating makes of the log `base`, packed or not.
bool has_turn(std::string_view base, std::string_view name);

// Whether it is a compressed file by its name.
bool is_compressed(std::string_view name);
// Without the ending that compression gave it.
std::string_view without_compression(std::string_view name);

// Those of `names` that are rotated files of the log `base` and newer than its rotated file
// `found`, oldest first. None if `found` is `base`, or is no name that rotation gives. Compressed
// ones are among them, but not while the file that one was made from is there, too.
std::vector<std::string> newer_rotated(std::string_view base, std::string_view found,
                                       const std::vector<std::string>& names);

// Whether the file `name` of the log `base` can be older than its file `later`, as far as these
// names tell.
bool can_be_older(std::string_view base, std::string_view name, std::string_view later);

}  // namespace mailban::io
