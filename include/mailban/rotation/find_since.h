// find_since: where in a log the last hour begins, without reading what came before it.
#pragma once

#include "mailban/time/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace mailban {

// Reads up to `size` bytes at `offset`; fewer only at the end of the log.
using ReadAt = std::function<std::size_t(std::uint64_t offset, char* buffer, std::size_t size)>;
// The time that a line begins with, or nullopt.
using StampOf = std::function<std::optional<Timestamp>(std::string_view line)>;

// The offset of the first line stamped at or after `since`, found by binary search over a log of
// `size` bytes whose stamps rise; where every line is older, the offset behind the last one that
// has a stamp. It is always the beginning of a line, or the log's end, and a last line that lacks
// its newline is never skipped.
//
// Lines without a stamp are passed over. Where more than 64 KiB have none, and where stamps do not
// rise, the answer is rather too early than too late: what is read for nothing costs time, what is
// not read is lost.
std::uint64_t find_since(const ReadAt& read_at, std::uint64_t size, Timestamp since,
                         const StampOf& stamp_of);

}  // namespace mailban
