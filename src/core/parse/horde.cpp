#include "mailban/parse/horde.h"

#include "mailban/parse/readings.h"
#include "mailban/parse/scan.h"

namespace mailban {

namespace {

// A longer message may have been cut on its way through syslog, and then end within a client's
// text, behind an address of the client's choice.
constexpr std::size_t kLongestWhole = 900;
constexpr std::string_view kFailed = "FAILED LOGIN for ";
constexpr std::string_view kSuccess = "Login success for ";

// "HORDE [error] [imp] ", "HORDE [imp] ", "[imp] ": the program, the severity, the application
void skip_application(std::string_view& text) noexcept
{
    take(text, "HORDE ");
    for (int parts = 0; parts < 2 && text.starts_with('['); ++parts) {
        auto rest = text;
        take_until(rest, ']');
        if (take(rest, "] ")) text = rest;
    }
}

// " (forwarded for [8.8.8.8])" and then " to ", or that at once; "[…]" cannot be trusted to end
// where it seems to.
bool is_tail(std::string_view text) noexcept
{
    if (text.starts_with(" to ")) return true;
    take(text, " ");
    return text.starts_with("(forwarded for [") && text.find("]) to ") != std::string_view::npos;
}

std::optional<Event> read_login(std::string_view text, EventKind kind)
{
    Readings readings;
    for (auto at = text.find(" ["); at != std::string_view::npos && !readings.is_hopeless();
         at = text.find(" [", at + 1)) {
        auto rest = text.substr(at + 2);
        const auto ip = IpAddress::parse(take_until(rest, ']'));
        if (ip && take(rest, "]") && is_tail(rest)) readings.add(*ip, text.substr(0, at));
    }
    const auto ip = readings.ip();
    if (!ip) return std::nullopt;
    Event event;
    event.kind = kind;
    event.ip = *ip;
    event.account = readings.account();
    return event;
}

}  // namespace

bool HordeParser::may_matter(const LineHeader& header) noexcept
{
    auto text = header.message;
    skip_application(text);
    return text.starts_with(kFailed) || text.starts_with(kSuccess);
}

std::optional<Event> HordeParser::read(const LogMessage& message)
{
    auto text = message.text;
    if (text.size() > kLongestWhole) return std::nullopt;
    skip_application(text);
    if (take(text, kFailed)) return read_login(text, EventKind::auth_failure);
    if (take(text, kSuccess)) return read_login(text, EventKind::auth_success);
    return std::nullopt;
}

}  // namespace mailban
