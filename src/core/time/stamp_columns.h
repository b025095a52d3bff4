// StampColumns: a cursor over the columns of a time stamp.
//
// Once a column is not as it has to be, the cursor stays failed; what is read after that is zero.
#pragma once

#include "mailban/time/time.h"

#include <cstdint>
#include <string_view>

namespace mailban {

class StampColumns {
public:
    explicit StampColumns(std::string_view text) : text_(text) {}

    int number(std::size_t width, int lowest, int highest) noexcept;
    std::uint64_t hexadecimal(std::size_t width) noexcept;
    void literal(char wanted) noexcept;
    bool take(char wanted) noexcept;
    // A point or comma and 1 to 9 digits, cut to microseconds; zero where there is no such mark.
    std::chrono::microseconds fraction() noexcept;
    // "22:30:58" as the time since midnight.
    std::chrono::seconds clock() noexcept;
    // "2026-11-23", a day that exists.
    std::chrono::sys_days date() noexcept;
    // "Nov": 11
    unsigned month_name() noexcept;
    // "Mon"
    void weekday_name() noexcept;

    std::string_view rest() const noexcept { return text_.substr(at_); }
    void skip(std::size_t count) noexcept { at_ += count; }
    int fail() noexcept;
    // A digit right behind a stamp means that its last field was wider than its columns.
    bool ok() const noexcept;
    std::size_t taken() const noexcept { return at_; }

private:
    char next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    std::string_view text_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

}  // namespace mailban
