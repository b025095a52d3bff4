#include "php_message.h"

#include "mailban/scan.h"

namespace mailban {

namespace {

constexpr std::string_view kChild = " said into stderr: \"";

bool take_child(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "WARNING: [pool ")) return false;
    take_until(rest, ']');
    if (!take(rest, "] child ") || !take_number<unsigned>(rest) || !take(rest, kChild))
        return false;
    if (!rest.ends_with('"')) return false;
    rest.remove_suffix(1);
    text = rest;
    return true;
}

}  // namespace

std::string_view php_message_in(std::string_view text) noexcept
{
    take_child(text);
    take(text, "NOTICE: ");
    take(text, "PHP message: ");
    return text;
}

}  // namespace mailban
