#include "mailban/net/prefix_text.h"

namespace mailban {

std::optional<Prefix> without_host_bits(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    for (unsigned length = 0; length <= 128; ++length) {
        const auto prefix = Prefix::of(*address, length);
        if (std::to_string(length) == text.substr(slash + 1) && prefix.length() == length)
            return prefix;
    }
    return std::nullopt;
}

std::string why_no_prefix(std::string_view text)
{
    const std::string quoted = "'" + std::string(text) + "'";
    if (const auto meant = without_host_bits(text))
        return quoted + " has host bits; did you mean " + meant->to_string() + "?";
    return quoted + " is neither an address nor a prefix such as 192.0.2.0/24";
}

}  // namespace mailban
