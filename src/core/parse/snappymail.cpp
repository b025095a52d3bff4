#include "mailban/parse/snappymail.h"

#include "mailban/scan.h"

#include "address_text.h"
#include "own_stamp.h"

namespace mailban {

namespace {

constexpr std::string_view kSnappymailFailed = "Auth failed: ip=";

// "IMAP[WARNING]: "
void skip_type(std::string_view& text) noexcept
{
    auto rest = text;
    take_until(rest, '[');
    if (!take(rest, "[")) return;
    take_until(rest, ']');
    if (take(rest, "]: ") && rest.starts_with(kSnappymailFailed)) text = rest;
}

// "bob@example.org host=127.0.0.1 port=143"
std::string_view account_in(std::string_view text) noexcept
{
    return text.substr(0, text.rfind(" host="));
}

std::optional<Event> read_failure(std::string_view text)
{
    skip_type(text);
    if (!take(text, kSnappymailFailed)) return std::nullopt;
    const auto ip = take_address(text);
    if (!ip || !(text.empty() || text.starts_with(' '))) return std::nullopt;
    Event event;
    event.ip = *ip;
    if (take(text, " user=")) event.account.emplace(account_in(text));
    return event;
}

}  // namespace

bool SnappyMailParser::may_matter(const LineHeader& header) noexcept
{
    // In the main log, any line may hold a client's text.
    return !header.message.empty();
}

ParseResult SnappyMailParser::read(const LogMessage& message)
{
    auto event = read_failure(without_own_stamp(message.text));
    if (assured_.escaped_line_feeds) return event;
    const auto client = event ? std::optional<IpAddress>(event->ip) : std::nullopt;
    const bool is_believed = aftermath_.is_believed(client, message.text.size(), message.read_at);
    if (event && !is_believed) return Concern::forgeable;
    return event;
}

}  // namespace mailban
