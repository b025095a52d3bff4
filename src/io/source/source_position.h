// How far a source has been read: a log by its files, the journal by its cursor.
#pragma once

#include "mailban/rotation/position.h"
#include "mailban/time/time.h"

#include <string>
#include <string_view>
#include <variant>

namespace mailban::io {

// The last entry of the journal that was handed over.
struct JournalPosition {
    std::string cursor{};
    Timestamp time{};  // when the journal received it: the place to go on where the cursor is gone
    bool operator==(const JournalPosition&) const = default;
};

using SourcePosition = std::variant<LogPosition, JournalPosition>;

// Whether two cursors name one entry. Its number ("s=…;i=…") is that of the file it stands in, and
// another one once the journal has moved from /run to /var; boot, times and hash behind stay.
bool name_one_entry(std::string_view cursor, std::string_view other) noexcept;

}  // namespace mailban::io
