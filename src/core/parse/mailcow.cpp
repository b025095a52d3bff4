#include "mailban/parse/mailcow.h"

#include "mailban/scan.h"

#include "own_stamp.h"
#include "php_message.h"

namespace mailban {

namespace {

constexpr std::string_view kMailcowFailed = "mailcow UI: Invalid password for ";
constexpr std::string_view kBy = " by ";

std::optional<Event> read_mailcow_failure(std::string_view text)
{
    if (!take(text, kMailcowFailed)) return std::nullopt;
    const auto at = text.rfind(kBy);
    if (at == std::string_view::npos) return std::nullopt;
    const auto ip = IpAddress::parse(text.substr(at + kBy.size()));
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.account.emplace(text.substr(0, at));
    return event;
}

}  // namespace

bool MailcowParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.find(kMailcowFailed) != std::string_view::npos;
}

ParseResult MailcowParser::read(const LogMessage& message) const
{
    auto event = read_mailcow_failure(php_message_in(without_own_stamp(message.text)));
    if (event && !assured_.escaped_line_feeds) return Concern::forgeable;
    return event;
}

}  // namespace mailban
