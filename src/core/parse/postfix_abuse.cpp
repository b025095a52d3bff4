#include "mailban/scan.h"

#include <algorithm>
#include <array>

#include "postfix_messages.h"

namespace mailban {

namespace {

std::optional<Event> read_client(EventKind kind, std::string_view text)
{
    const auto client = take_postfix_client(text);
    if (!client) return std::nullopt;
    return postfix_event(kind, *client);
}

// Eats up to and including " from ": what stands before is Postfix's own.
bool take_from(std::string_view& text) noexcept
{
    constexpr std::string_view kFrom = " from ";
    const auto at = text.find(kFrom);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + kFrom.size());
    return true;
}

// "AUTH command rate limit exceeded: 11 from name[ip] for service smtp", as anvil(8) counts.
std::optional<Event> read_exceeded_limit(std::string_view text)
{
    static constexpr std::array<std::string_view, 7> kLimits{
        "Connection concurrency", "Connection rate",
        "AUTH command rate",      "Message delivery request rate",
        "Recipient address rate", "New TLS session rate",
        "Auth command rate"};
    const auto is_it = [&](std::string_view limit) { return take(text, limit); };
    if (std::none_of(kLimits.begin(), kLimits.end(), is_it)) return std::nullopt;
    if (!take(text, " limit exceeded: ") || !take_number<std::uint64_t>(text)) return std::nullopt;
    if (!take(text, " from ")) return std::nullopt;
    return read_client(EventKind::abuse, text);
}

std::optional<Event> read_warning(std::string_view text)
{
    if (take(text, "non-SMTP command from ")) return read_client(EventKind::abuse, text);
    if (take(text, "Illegal address syntax from ")) return read_client(EventKind::rejected, text);
    return read_exceeded_limit(text);
}

// "0.3 from ": the time since the client connected.
bool take_delay(std::string_view& text) noexcept
{
    constexpr auto kOfDelays = kDigits.with(".");
    take_all(text, kOfDelays);
    return take(text, " from ");
}

}  // namespace

std::optional<Event> read_postfix_abuse(std::string_view message)
{
    if (take(message, "warning: ")) return read_warning(message);
    if (take(message, "too many errors after ") ||
        take(message, "improper command pipelining after ")) {
        if (take_from(message)) return read_client(EventKind::abuse, message);
    }
    return std::nullopt;
}

std::optional<Event> read_postfix_disconnect(std::string_view message)
{
    constexpr std::string_view kAuth = "auth=0/";
    if (!take(message, "disconnect from ")) return std::nullopt;
    const auto client = take_postfix_client(message);
    if (!client) return std::nullopt;
    while (take(message, " ")) {
        auto count = take_until(message, ' ');
        if (!take(count, kAuth)) continue;
        const auto refused = take_number<std::uint32_t>(count);
        if (!refused || *refused == 0 || !count.empty()) return std::nullopt;
        return postfix_event(EventKind::abuse, *client);
    }
    return std::nullopt;
}

std::optional<Event> read_postscreen_test(std::string_view message)
{
    static constexpr std::array<std::string_view, 5> kProtocol{
        "COMMAND PIPELINING from ", "NON-SMTP COMMAND from ", "BARE NEWLINE from ",
        "COMMAND COUNT LIMIT from ", "COMMAND LENGTH LIMIT from "};
    // It spoke before it was greeted.
    if (take(message, "PREGREET ")) {
        if (!take_number<std::uint64_t>(message) || !take(message, " after ") ||
            !take_delay(message))
            return std::nullopt;
        return read_client(EventKind::abuse, message);
    }
    if (take(message, "DNSBL rank ")) {
        if (!take_number<std::uint32_t>(message) || !take(message, " for ")) return std::nullopt;
        return read_client(EventKind::rejected, message);
    }
    if (take(message, "DENYLISTED ") || take(message, "BLACKLISTED "))
        return read_client(EventKind::rejected, message);
    const auto is_it = [&](std::string_view beginning) { return take(message, beginning); };
    if (std::any_of(kProtocol.begin(), kProtocol.end(), is_it))
        return read_client(EventKind::abuse, message);
    return std::nullopt;
}

}  // namespace mailban
