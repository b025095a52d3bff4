// RecentStamps: the time of a stamp whose second was read a moment ago.
//
// Lines of one second have one stamp but for its fraction, and to compare it costs less than to
// read it. So the second that was read last is remembered, with the offset behind it, and fractions
// are read by themselves. A stamp of another kind, or with a mistake, is read as a whole each time.
#pragma once

#include "mailban/time/time.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace mailban {

class RecentStamps {
public:
    // The time of the stamp that `text` begins with: `read()`, which is not asked where the second
    // is known. Remembered are "2026-11-23 22:29:06" (or T in place of the blank), with or without
    // a fraction and an offset right behind, and "Nov 23 22:30:58". `now`: whatever else `read`
    // depends on, but the zone.
    template <class Read>
    std::optional<Timestamp> time_of(std::string_view text, Timestamp now, Read read)
    {
        const Parts parts = split(text);
        if (parts.second.empty()) return read();
        if (is_known(parts, now)) return second_began_ + parts.fraction;
        const std::optional<Timestamp> time = read();
        if (time) remember(parts, now, *time);
        return time;
    }

    // Another zone holds from now on.
    void forget() noexcept { *this = {}; }

private:
    // "2026-11-23T22:31:54" ".312279" "+00:00"
    struct Parts {
        std::string_view second{};  // empty: of no kind that is remembered
        std::string_view offset{};
        Duration fraction{};
    };
    // A text of a few characters.
    template <std::size_t kLongest>
    struct Kept {
        std::array<char, kLongest> text{};
        std::size_t length = 0;
        std::string_view view() const noexcept { return {text.data(), length}; }
        void keep(std::string_view other) noexcept { length = other.copy(text.data(), kLongest); }
    };
    static constexpr std::size_t kLongestSecond = 19;
    static constexpr std::size_t kLongestOffset = 6;

    static Parts split(std::string_view text) noexcept;
    bool is_known(const Parts& parts, Timestamp now) const noexcept
    {
        return parts.second == second_.view() && parts.offset == offset_.view() && now == now_;
    }
    void remember(const Parts& parts, Timestamp now, Timestamp time) noexcept;

    Kept<kLongestSecond> second_{};  // empty: nothing is remembered
    Kept<kLongestOffset> offset_{};
    Timestamp now_{};
    Timestamp second_began_{};
};

}  // namespace mailban
