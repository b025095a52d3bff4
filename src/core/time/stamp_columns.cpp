#include "stamp_columns.h"

#include "mailban/scan.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, std::string_view text) noexcept
{
    const auto* const found = std::find(names.begin(), names.end(), text.substr(0, 3));
    return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

int StampColumns::fail() noexcept
{
    ok_ = false;
    return 0;
}

bool StampColumns::ok() const noexcept
{
    return ok_ && !is_digit(next());
}

int StampColumns::number(std::size_t width, int lowest, int highest) noexcept
{
    int value = 0;
    for (std::size_t index = 0; index < width; ++index) {
        if (!is_digit(next())) return fail();
        value = value * 10 + (text_[at_++] - '0');
    }
    return value < lowest || value > highest ? fail() : value;
}

std::uint64_t StampColumns::hexadecimal(std::size_t width) noexcept
{
    std::uint64_t value = 0;
    for (std::size_t index = 0; index < width; ++index) {
        const char c = next();
        const bool is_letter = c >= 'a' && c <= 'f';
        if (!is_letter && !is_digit(c)) {
            fail();
            return 0;
        }
        value = value * 16 + static_cast<std::uint64_t>(is_letter ? c - 'a' + 10 : c - '0');
        ++at_;
    }
    return value;
}

void StampColumns::literal(char wanted) noexcept
{
    if (!take(wanted)) fail();
}

bool StampColumns::take(char wanted) noexcept
{
    if (next() != wanted || at_ >= text_.size()) return false;
    ++at_;
    return true;
}

std::chrono::microseconds StampColumns::fraction() noexcept
{
    constexpr std::size_t kMost = 9;
    if (!take('.') && !take(',')) return std::chrono::microseconds(0);
    const auto first = at_;
    std::int64_t micros = 0;
    for (std::int64_t unit = 100'000; is_digit(next()); unit /= 10)
        micros += (text_[at_++] - '0') * unit;
    if (at_ == first || at_ - first > kMost) fail();
    return std::chrono::microseconds(micros);
}

std::chrono::seconds StampColumns::clock() noexcept
{
    const std::chrono::hours hour(number(2, 0, 23));
    literal(':');
    const std::chrono::minutes minute(number(2, 0, 59));
    literal(':');
    return hour + minute + std::chrono::seconds(number(2, 0, 60));
}

std::chrono::sys_days StampColumns::date() noexcept
{
    const std::chrono::year year(number(4, 0, 9999));
    literal('-');
    const std::chrono::month month(static_cast<unsigned>(number(2, 1, 12)));
    literal('-');
    const std::chrono::day day(static_cast<unsigned>(number(2, 1, 31)));
    const auto date = year / month / day;
    if (date.ok()) return date;
    fail();
    return {};
}

unsigned StampColumns::month_name() noexcept
{
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto index = index_of(kMonths, rest());
    if (index == kMonths.size()) {
        fail();
        return 1;
    }
    at_ += 3;
    return static_cast<unsigned>(index) + 1;
}

void StampColumns::weekday_name() noexcept
{
    constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu",
                                                    "Fri", "Sat", "Sun"};
    if (index_of(kDays, rest()) == kDays.size()) {
        fail();
    } else {
        at_ += 3;
    }
}

}  // namespace mailban
