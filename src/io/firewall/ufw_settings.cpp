#include "io/firewall/ufw_settings.h"

#include "mailban/firewall/ufw.h"

#include <fstream>
#include <iterator>

namespace mailban::io {

namespace {

constexpr const char* kSwitch = "/etc/ufw/ufw.conf";
constexpr const char* kDefaults = "/etc/default/ufw";

// Empty where it cannot be read.
std::string text_of(const char* path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

bool ufw_is_enabled()
{
    return ufw_setting_is_yes(text_of(kSwitch), "ENABLED");
}

bool ufw_has_ipv6()
{
    return ufw_setting_is_yes(text_of(kDefaults), "IPV6");
}

std::optional<std::string> why_ufw_has_no_ipv6()
{
    const auto text = text_of(kDefaults);
    if (text.empty() || ufw_setting_is_yes(text, "IPV6")) return std::nullopt;
    return "ufw has IPV6=no (/etc/default/ufw)";
}

}  // namespace mailban::io
