#include "stamp_shape.h"

#include "mailban/scan.h"

#include "header_fields.h"

namespace mailban {

namespace {

// "22:30:58"
bool has_clock(std::string_view text, std::size_t at) noexcept
{
    return text.size() >= at + 8 && text[at + 2] == ':' && text[at + 5] == ':' &&
           is_digit(text[at]) && is_digit(text[at + 7]);
}

// "2026-11-23"
bool has_date(std::string_view text, std::size_t at) noexcept
{
    return text.size() >= at + 10 && text[at + 4] == '-' && text[at + 7] == '-' &&
           is_digit(text[at]) && is_digit(text[at + 9]);
}

bool has_blank(std::string_view text, std::size_t at) noexcept
{
    return text.size() > at && text[at] == ' ';
}

bool has_year(std::string_view text, std::size_t at) noexcept
{
    return text.size() > at + 4 && text[at + 4] == ' ' && is_digit(text[at]) &&
           is_digit(text[at + 1]) && is_digit(text[at + 2]) && is_digit(text[at + 3]);
}

std::size_t behind_fraction(std::string_view text, std::size_t at) noexcept
{
    if (at >= text.size() || (text[at] != '.' && text[at] != ',')) return at;
    auto end = at + 1;
    while (end < text.size() && is_digit(text[end]))
        ++end;
    return end == at + 1 ? at : end;
}

// Behind "Nov 23 ", "Nov  3 " or "Nov 3 " at `at`; 0: there is none.
std::size_t behind_month_day(std::string_view text, std::size_t at) noexcept
{
    if (text.size() < at + 7 || !kUpperCase.has(text[at]) || text[at + 3] != ' ') return 0;
    at += 4;
    if (text[at] == ' ') ++at;
    if (!is_digit(text[at])) return 0;
    at += text[at + 1] == ' ' ? 1 : 2;
    return has_blank(text, at) ? at + 1 : 0;
}

std::size_t if_blank_follows(std::string_view text, std::size_t at) noexcept
{
    return has_blank(text, at) ? at : 0;
}

}  // namespace

std::size_t syslog_stamp_shape(std::string_view text) noexcept
{
    constexpr std::size_t kUsual = 15;
    const bool is_usual = text.size() > kUsual && text[3] == ' ' && text[6] == ' ' &&
                          text[9] == ':' && text[12] == ':';
    if (is_usual && text[kUsual] == ' ') return kUsual;
    auto at = behind_month_day(text, has_year(text, 0) ? 5 : 0);
    if (at == 0) return 0;
    if (has_year(text, at)) at += 5;
    if (!has_clock(text, at)) return 0;
    return if_blank_follows(text, behind_fraction(text, at + 8));
}

std::size_t iso_stamp_shape(std::string_view text) noexcept
{
    constexpr std::size_t kBare = 19;
    const bool is_one = text.size() > kBare && text[4] == '-' && text[7] == '-' &&
                        text[10] == 'T' && text[13] == ':' && text[16] == ':';
    if (!is_one) return 0;
    const auto end = text.find(' ', kBare);
    return end == std::string_view::npos ? 0 : end;
}

std::size_t plain_stamp_shape(std::string_view text) noexcept
{
    constexpr std::size_t kBare = 19;
    if (text.size() <= kBare || text[10] != ' ' || !has_date(text, 0) || text[13] != ':' ||
        text[16] != ':') {
        return 0;
    }
    auto rest = text.substr(kBare);
    if (rest.front() != ' ') {
        if (std::string_view(".,+-Zz").find(rest.front()) == std::string_view::npos) return 0;
        take_until(rest, ' ');
    }
    const bool is_signed = rest.starts_with(" +") || rest.starts_with(" -");
    if (is_signed && rest.size() > 6 && rest[6] == ' ') rest.remove_prefix(6);
    if (is_signed && rest.size() > 7 && rest[4] == ':' && rest[7] == ' ') rest.remove_prefix(7);
    return rest.starts_with(' ') ? text.size() - rest.size() : 0;
}

std::size_t bracketed_stamp_shape(std::string_view text) noexcept
{
    constexpr std::size_t kBare = 21;
    const bool is_one = text.size() > kBare && text[0] == '[' && is_digit(text[1]) &&
                        (text[3] == '/' || text[3] == '-') && text[7] == text[3] &&
                        text[12] == ' ' && text[15] == ':' && text[18] == ':';
    if (!is_one) return 0;
    const auto end = text.find(']', kBare);
    return end == std::string_view::npos ? 0 : end + 1;
}

std::size_t weekday_stamp_shape(std::string_view text) noexcept
{
    if (text.size() < 24 || !kUpperCase.has(text[0]) || text[3] != ' ' || is_digit(text[2]))
        return 0;
    if (has_date(text, 4)) {
        if (!has_blank(text, 14) || !has_clock(text, 15)) return 0;
        const auto zone = behind_fraction(text, 23);
        if (!has_blank(text, zone)) return 0;
        const auto end = text.find(' ', zone + 1);
        return end == std::string_view::npos || end == zone + 1 ? 0 : end;
    }
    const auto at = behind_month_day(text, 4);
    if (at == 0 || !has_clock(text, at) || !has_blank(text, at + 8)) return 0;
    return has_year(text, at + 9) ? at + 13 : 0;
}

std::size_t unix_stamp_shape(std::string_view text) noexcept
{
    constexpr std::size_t kSeconds = 10;
    if (text.size() <= kSeconds) return 0;
    for (std::size_t at = 0; at < kSeconds; ++at)
        if (!is_digit(text[at])) return 0;
    return if_blank_follows(text, behind_fraction(text, kSeconds));
}

std::size_t monotonic_stamp_shape(std::string_view text) noexcept
{
    if (!text.starts_with('[')) return 0;
    std::size_t at = 1;
    while (has_blank(text, at))
        ++at;
    const auto first = at;
    while (at < text.size() && is_digit(text[at]))
        ++at;
    const auto end = behind_fraction(text, at);
    if (at == first || end != at + 7 || text.size() <= end || text[end] != ']') return 0;
    return if_blank_follows(text, end + 1);
}

std::size_t tai64n_stamp_shape(std::string_view text) noexcept
{
    constexpr std::size_t kLength = 25;
    return text.size() > kLength && text.starts_with("@4") ? if_blank_follows(text, kLength) : 0;
}

bool begins_with_stamp(std::string_view text) noexcept
{
    if (take_priority(text)) take(text, "1 ");
    if (text.empty()) return false;
    if (is_digit(text.front())) {
        return iso_stamp_shape(text) > 0 || plain_stamp_shape(text) > 0 ||
               syslog_stamp_shape(text) > 0 || unix_stamp_shape(text) > 0;
    }
    if (text.front() == '[') return bracketed_stamp_shape(text) > 0;
    return kUpperCase.has(text.front()) &&
           (syslog_stamp_shape(text) > 0 || weekday_stamp_shape(text) > 0);
}

}  // namespace mailban
