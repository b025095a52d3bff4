#include "mailban/parse/modoboa.h"

#include "mailban/scan.h"

#include "address_text.h"

namespace mailban {

namespace {

constexpr std::string_view kModoboaFailed = "WARNING Failed connection attempt from '";

}  // namespace

bool ModoboaParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.starts_with(kModoboaFailed);
}

std::optional<Event> ModoboaParser::read(const LogMessage& message)
{
    auto text = message.text;
    if (!take(text, kModoboaFailed)) return std::nullopt;
    const auto ip = take_address(text);
    if (!ip || !take(text, "' as user '") || !text.ends_with('\'')) return std::nullopt;
    text.remove_suffix(1);
    Event event;
    event.ip = *ip;
    event.account.emplace(text);
    return event;
}

}  // namespace mailban
