#include "mailban/net/host_name.h"

#include "mailban/words.h"

namespace mailban {

namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

bool is_label(std::string_view label)
{
    constexpr auto kOfLabels = kLowerCase.with("0123456789-");
    return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
           label.back() != '-' && kOfLabels.has_all_of(label);
}

}  // namespace

std::optional<std::string> parse_host_name(std::string_view text)
{
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.size() > kLongestName) return std::nullopt;
    const auto name = lower_case(text);
    std::string_view rest = name;
    std::size_t labels = 1;
    for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
        if (!is_label(rest.substr(0, dot))) return std::nullopt;
        rest.remove_prefix(dot + 1);
        ++labels;
    }
    if (labels < 2 || !is_label(rest) || kDigits.has_all_of(rest)) return std::nullopt;
    return name;
}

}  // namespace mailban
