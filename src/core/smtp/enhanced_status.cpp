#include "mailban/smtp/enhanced_status.h"

#include <charconv>

namespace mailban {

namespace {

std::optional<std::uint16_t> parse_part(std::string_view text)
{
    if (text.empty() || text.size() > 3) return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    std::uint16_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return value;
}

}  // namespace

std::optional<EnhancedStatus> EnhancedStatus::parse(std::string_view text)
{
    if (text.size() < 5 || text[1] != '.') return std::nullopt;
    if (text[0] != '2' && text[0] != '4' && text[0] != '5') return std::nullopt;
    const auto rest = text.substr(2);
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto subject = parse_part(rest.substr(0, dot));
    const auto detail = parse_part(rest.substr(dot + 1));
    if (!subject || !detail) return std::nullopt;
    return EnhancedStatus{static_cast<std::uint16_t>(text[0] - '0'), *subject, *detail};
}

std::string EnhancedStatus::to_string() const
{
    return std::to_string(status_class) + '.' + std::to_string(subject) + '.' +
           std::to_string(detail);
}

}  // namespace mailban
