#include "mailban/parse/axigen.h"

#include "mailban/scan.h"

#include <algorithm>
#include <charconv>

#include "address_text.h"
#include "own_stamp.h"

namespace mailban {

namespace {

constexpr std::string_view kService = "SMTP-IN:";

// Eats "08 mail SMTP-IN:00000022: "; syslog has the level and the host elsewhere.
std::optional<std::uint32_t> take_session(std::string_view& text) noexcept
{
    if (!text.starts_with(kService)) {
        if (!take_number<unsigned>(text) || !take(text, " ")) return std::nullopt;
        take_until(text, ' ');
        if (!take(text, " ")) return std::nullopt;
    }
    if (!take(text, kService)) return std::nullopt;
    const auto digits = take_until(text, ':');
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id, 16);
    const bool is_number = error == std::errc() && end == digits.data() + digits.size();
    if (!is_number || !take(text, ": ")) return std::nullopt;
    return id;
}

// Eats "[192.0.2.7:4711]"
std::optional<AddressAndPort> take_end(std::string_view& text)
{
    auto rest = text;
    if (!take(rest, "[")) return std::nullopt;
    auto inside = take_until(rest, ']');
    const auto colon = inside.rfind(':');
    if (colon == std::string_view::npos || !take(rest, "]")) return std::nullopt;
    const auto ip = IpAddress::parse(inside.substr(0, colon));
    inside.remove_prefix(colon + 1);
    const auto port = take_number<std::uint16_t>(inside);
    if (!ip || !port || !inside.empty()) return std::nullopt;
    text = rest;
    return AddressAndPort{*ip, *port};
}

}  // namespace

bool AxigenParser::may_matter(const LineHeader& header) noexcept
{
    const auto text = header.message;
    return text.find(": [") != std::string_view::npos ||
           text.find(": >> 535") != std::string_view::npos;
}

void AxigenParser::begin(const Session& session)
{
    const auto is_its = [&](const Session& known) { return known.id == session.id; };
    sessions_.erase(std::remove_if(sessions_.begin(), sessions_.end(), is_its), sessions_.end());
    if (sessions_.size() == kMostSessions) sessions_.erase(sessions_.begin());
    sessions_.push_back(session);
}

std::optional<Event> AxigenParser::read(const LogMessage& message)
{
    auto text = without_own_stamp(message.text);
    const auto id = take_session(text);
    if (!id) return std::nullopt;
    if (const auto own = take_end(text)) {
        if (!take(text, " connection accepted from ")) return std::nullopt;
        if (const auto client = take_end(text)) begin({*id, client->ip, client->port, own->port});
        return std::nullopt;
    }
    if (!text.starts_with(">> 535 ") && text != ">> 535") return std::nullopt;
    const auto session = std::find_if(sessions_.begin(), sessions_.end(),
                                      [&](const Session& known) { return known.id == *id; });
    if (session == sessions_.end()) return std::nullopt;
    Event event;
    event.ip = session->ip;
    event.client_port = session->port;
    event.local_port = session->local_port;
    const auto service = service_of_port(session->local_port);
    event.service = service == Service::unknown ? Service::smtp : service;
    event.reply = ReplyCode::parse("535");
    return event;
}

}  // namespace mailban
