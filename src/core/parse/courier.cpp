#include "mailban/parse/courier.h"

#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "courier_messages.h"

namespace mailban {

namespace {

constexpr std::string_view kCourierFailed = "LOGIN FAILED, ";
constexpr std::string_view kLogin = "LOGIN, user=";
constexpr std::string_view kEsmtpd = "error,relay=";
constexpr std::string_view kLimit = "Maximum connection limit reached for ";

// courierlogger reads lines of at most 511 bytes, "INFO: " among them.
constexpr std::size_t kLongestWhole = 504;

Service courier_service(std::string_view program) noexcept
{
    const auto has = [&](std::string_view part) {
        return program.find(part) != std::string_view::npos;
    };
    if (has("imap")) return Service::imap;
    if (has("pop3")) return Service::pop3;
    if (has("smtp")) return Service::smtp;
    return Service::unknown;
}

// Where courierlogger is not used, its mark for the severity stays.
void skip_severity(std::string_view& text) noexcept
{
    take(text, "INFO: ") || take(text, "ALERT: ");
}

// Takes `, name=[value]` off the end and gives the value.
std::optional<std::string_view> take_last(std::string_view& text, std::string_view name) noexcept
{
    if (!text.ends_with(']')) return std::nullopt;
    const auto comma = text.rfind(", ");
    if (comma == std::string_view::npos) return std::nullopt;
    auto field = text.substr(comma + 2);
    if (!take(field, name) || !take(field, "=[")) return std::nullopt;
    text = text.substr(0, comma);
    return field.substr(0, field.size() - 1);
}

// Takes the client off the end: `, ip=[192.0.2.7]`, or with `, port=[4711]` behind it.
bool take_client(std::string_view& text, Event& event)
{
    if (auto port = take_last(text, "port")) event.client_port = take_number<std::uint16_t>(*port);
    const auto address = take_last(text, "ip");
    if (!address) return false;
    const auto ip = IpAddress::parse(*address);
    if (!ip) return false;
    event.ip = *ip;
    return true;
}

// `user=bob, ip=[…]`, `method=PLAIN, ip=[…]`
std::optional<Event> read_courier_failure(std::string_view text)
{
    Event event;
    if (!take_client(text, event)) return std::nullopt;
    if (take(text, "user=")) {
        event.account.emplace(text);
    } else if (!take(text, "method=")) {
        return std::nullopt;
    }
    return event;
}

// `bob, ip=[…], port=[…], protocol=IMAP, starttls=1`
std::optional<Event> read_success(std::string_view text)
{
    constexpr std::array<std::string_view, 2> kTls{", starttls=1", ", stls=1"};
    constexpr std::array<std::string_view, 3> kProtocols{", protocol=IMAP", ", protocol=POP3",
                                                         ", protocol=SMAP1"};
    const auto skip_last = [&](std::string_view end) {
        if (text.ends_with(end)) text.remove_suffix(end.size());
    };
    std::for_each(kTls.begin(), kTls.end(), skip_last);
    skip_last(", protocol=");
    std::for_each(kProtocols.begin(), kProtocols.end(), skip_last);
    Event event;
    event.kind = EventKind::auth_success;
    if (!take_client(text, event)) return std::nullopt;
    event.account.emplace(text);
    return event;
}

// `unix(imap:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=A  user=bob`.
// Courier sets but the last two of these fields.
std::optional<Event> read_pam(std::string_view text)
{
    constexpr std::array<std::string_view, 5> kFields{
        "logname=", " uid=", " euid=", " tty=", " ruser="};
    take_until(text, '(');
    if (!take(text, "(")) return std::nullopt;
    Event event;
    event.service = courier_service(take_until(text, ':'));
    event.reporter = Reporter::back_end;
    if (!take(text, ":auth): authentication failure; ")) return std::nullopt;
    for (const auto field : kFields) {
        if (!take(text, field)) return std::nullopt;
        take_until(text, ' ');
    }
    if (!take(text, " rhost=")) return std::nullopt;
    const auto ip = IpAddress::parse(take_until(text, ' '));
    if (!ip) return std::nullopt;
    event.ip = *ip;
    if (take(text, "  user=")) event.account.emplace(text);
    return event;
}

std::optional<Event> read_limit(std::string_view text)
{
    const auto ip = IpAddress::parse(text);
    if (!ip) return std::nullopt;
    Event event;
    event.kind = EventKind::abuse;
    event.ip = *ip;
    return event;
}

std::optional<Event> read_any_courier(std::string_view text)
{
    if (take(text, kEsmtpd)) return read_courier_esmtpd(text);
    if (take(text, "pam_")) return read_pam(text);
    if (take(text, kLimit)) return read_limit(text);
    if (text.size() > kLongestWhole) return std::nullopt;
    if (take(text, kCourierFailed)) return read_courier_failure(text);
    if (take(text, kLogin)) return read_success(text);
    return std::nullopt;
}

}  // namespace

bool CourierParser::may_matter(const LineHeader& header) noexcept
{
    constexpr std::array<std::string_view, 5> kBeginnings{kCourierFailed, kLogin, kEsmtpd, kLimit,
                                                          "pam_"};
    auto text = header.message;
    skip_severity(text);
    return begins_with_any(text, kBeginnings);
}

std::optional<Event> CourierParser::read(const LogMessage& message)
{
    auto text = message.text;
    skip_severity(text);
    auto event = read_any_courier(text);
    if (event && event->service == Service::unknown)
        event->service = courier_service(message.program);
    return event;
}

}  // namespace mailban
