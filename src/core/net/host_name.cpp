#include "mailban/net/host_name.h"

#include <algorithm>

namespace mailban {

namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_label(std::string_view label)
{
    const auto may_stand = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
    return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
           label.back() != '-' && std::ranges::all_of(label, may_stand);
}

}  // namespace

std::optional<std::string> parse_host_name(std::string_view text)
{
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.size() > kLongestName) return std::nullopt;
    std::string name(text);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    std::string_view rest = name;
    std::size_t labels = 1;
    for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
        if (!is_label(rest.substr(0, dot))) return std::nullopt;
        rest.remove_prefix(dot + 1);
        ++labels;
    }
    if (labels < 2 || !is_label(rest) || std::ranges::all_of(rest, is_digit)) return std::nullopt;
    return name;
}

}  // namespace mailban
