// Place: where in a text something was written, for messages only.
#pragma once

namespace mailban {

// What a configuration means does not change when a comment is put above it, so two places are
// never unequal.
struct Place {
    int line = 0;    // 1-based; 0 for what was not written but is a default
    int column = 0;  // 1-based, in bytes
    constexpr bool operator==(const Place&) const noexcept { return true; }
};

}  // namespace mailban
