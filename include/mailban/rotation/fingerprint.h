// Fingerprint: by its first bytes a file is recognised after a copy, a compression or a reboot.
//
// An inode is used again, and a device may get another number. The first bytes of a log do not
// change, and they hold the time of its first line.
#pragma once

#include "mailban/rotation/position.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailban {

// As many first bytes of a file are remembered at most.
constexpr std::size_t kHeadSize = 4096;

struct Fingerprint {
    std::uint64_t hash = 0;    // FNV-1a; it is stored, so it stays as it is
    std::uint32_t length = 0;  // of the hashed bytes
    bool operator==(const Fingerprint&) const = default;
};

// Of a file that begins with `head`: its first kHeadSize bytes, or fewer if it has no more. Only
// whole lines are hashed where it has fewer, for many files begin with the same date.
Fingerprint fingerprint_of(std::string_view head);

// What one look at a file shows.
struct FileFacts {
    FileStat stat{};
    bool is_archive = false;  // it is compressed; `head` is of its content, and `stat` is not
    std::string head{};       // its first kHeadSize bytes; may be shorter than the file
};

// Whether this file, whatever its inode, has the fingerprint of `position` and reaches its offset
// (which an archive does not show): it is that file, or a copy of it. A file without a fingerprint
// is like every other file.
bool begins_like(const FileFacts& file, const FilePosition& position);

}  // namespace mailban
