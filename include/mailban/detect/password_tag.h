// password_tag: what tells the tries of one key apart where the log tells passwords apart.
#pragma once

#include "mailban/detect/window_table.h"
#include "mailban/parse/event.h"

#include <optional>

namespace mailban {

// Half of such a tag is who tried it, or at whose account; the other half is which password it was.
inline constexpr WindowTable::Value kWho = 0xffff0000;
inline constexpr WindowTable::Value kPassword = 0x0000ffff;

// For counts of marks: without a password, the try counts as one of its own.
WindowTable::Value password_tag(const IpAddress& who, const std::optional<PasswordMark>& password,
                                std::uint64_t seed) noexcept;

}  // namespace mailban
