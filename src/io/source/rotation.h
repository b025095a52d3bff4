// Rotation: how rotated logs are named, and which of them are newer than another. Names only.
//
// Two habits are known: counting (mainlog.1 is newer than mainlog.2, also mainlog.01) and dating
// (mainlog-20261102 is newer than mainlog-20261101).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailban::io {

// Whether a name ends like something that was packed or set aside: ".gz", ".old", "~" and their
// like. Nothing is written to it any more.
bool is_set_aside(std::string_view name);

// What may have been the log of which counting or dating made `name`: "mainlog" of "mainlog.1" and
// of "mainlog-20261101.1", of this also "mainlog-20261101". Only if there is such a log is it a
// rotated file: it may also be the log of the host 192.0.2.10, or of that day.
struct RotationBase {
    std::string_view name{};
    bool is_dated = false;  // by a date
};
std::vector<RotationBase> rotation_bases(std::string_view name);

// Whether `name` is what counting or dating makes of the log `base`, packed or not.
bool has_turn(std::string_view base, std::string_view name);

// Whether the file's name holds a date, "mail-2026-11-28.log" or "mainlog-20261128".
bool has_date(std::string_view path);

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
