#include "mailban/parse/domino.h"

#include "mailban/scan.h"

#include "address_text.h"
#include "own_stamp.h"

namespace mailban {

namespace {

constexpr std::string_view kDominoFailed = " Authentication failed for user ";
constexpr std::string_view kHost = " ; connecting host ";
constexpr std::string_view kDominoWrong = "] authentication failure using internet password";

// "SMTP Server: Authentication failed for user FISH ; connecting host 192.0.2.7"
std::optional<Event> read_domino_failure(std::string_view text)
{
    if (!take(text, "SMTP Server")) return std::nullopt;
    if (take(text, " [")) {
        take_until(text, ']');
        if (!take(text, "]")) return std::nullopt;
    } else if (!take(text, ":")) {
        return std::nullopt;
    }
    if (!take(text, kDominoFailed)) return std::nullopt;
    const auto at = text.rfind(kHost);
    if (at == std::string_view::npos) return std::nullopt;
    auto address = text.substr(at + kHost.size());
    if (address.starts_with('[') && address.ends_with(']'))
        address = address.substr(1, address.size() - 2);
    const auto ip = IpAddress::parse(address);
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.account.emplace(text.substr(0, at));
    event.service = Service::smtp;
    return event;
}

std::optional<Service> domino_service(std::string_view name) noexcept
{
    if (name == "smtp") return Service::smtp;
    if (name == "imap") return Service::imap;
    if (name == "pop3") return Service::pop3;
    if (name == "http") return Service::unknown;
    return std::nullopt;
}

// "smtp: FISH [192.0.2.7] authentication failure using internet password"
std::optional<Event> read_comparison(std::string_view text)
{
    const auto service = domino_service(take_until(text, ':'));
    if (!service || !take(text, ": ") || !text.ends_with(kDominoWrong)) return std::nullopt;
    text.remove_suffix(kDominoWrong.size());
    const auto at = text.rfind(" [");
    if (at == std::string_view::npos) return std::nullopt;
    const auto ip = IpAddress::parse(text.substr(at + 2));
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.account.emplace(text.substr(0, at));
    event.service = *service;
    event.reporter = Reporter::back_end;
    return event;
}

}  // namespace

bool DominoParser::may_matter(const LineHeader& header) noexcept
{
    const auto text = header.message;
    return text.find(kDominoFailed) != std::string_view::npos || text.ends_with(kDominoWrong);
}

std::optional<Event> DominoParser::read(const LogMessage& message)
{
    const auto text = without_own_stamp(message.text);
    if (auto event = read_domino_failure(text)) return event;
    return read_comparison(text);
}

}  // namespace mailban
