// Rotation suffixes: how rotated files are named, and which of them are newer. Names only.
//
// Two habits are known: a count (mainlog.1 is newer than mainlog.2, also mainlog.01) and a date
// (mainlog-20261102 is newer than mainlog-20261101). Both may stand before the log's extension, as
// logrotate's `extension .log` puts them (mail.1.log, mail-20261101.log.gz).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// Whether a name ends like that of a compressed or backup file: ".gz", ".old", "~" and their like.
// Nothing is written to it any more.
bool is_set_aside(std::string_view name);

// A log of which `name` may be a rotated file: "mainlog" of "mainlog.1" and of
// "mainlog-20261101.1", which may also come from "mainlog-20261101". It is a rotated file only if
// there is such a log: it may also be the log of the host 192.0.2.10, or of that day.
struct RotationBase {
    std::string name{};
    bool is_dated = false;  // a date was taken off
    bool operator==(const RotationBase&) const = default;
};
// A date before an extension ("mail-20261101.log") gives no base: a log for each day is so named.
std::vector<RotationBase> rotation_bases(std::string_view name);

// Whether `name` is the name of the log `log` with a rotation suffix, compressed or not.
bool has_rotation_suffix(std::string_view log, std::string_view name);

// Whether the file's name holds a date, "mail-2026-11-28.log" or "mainlog-20261128".
bool has_date(std::string_view path);

// Whether it is a compressed file by its name.
bool is_compressed(std::string_view name);
// Without the ending that compression gave it.
std::string_view without_compression(std::string_view name);

// Those of `names` that are rotated files of `log` and newer than its rotated file `found`, oldest
// first. None if `found` is `log`, or has no rotation suffix. A compressed file is left out while
// the file that it was made from is there, too.
std::vector<std::string> newer_rotated(std::string_view log, std::string_view found,
                                       const std::vector<std::string>& names);

// Whether the file `name` of `log` can be older than its file `later`, as far as these names show.
bool can_be_older(std::string_view log, std::string_view name, std::string_view later);

}  // namespace mailban
