#include "mailban/parse/sendmail.h"

#include "mailban/scan.h"

#include <algorithm>
#include <array>

#include "sendmail_messages.h"

namespace mailban {

namespace {

// Sendmail writes less than 1,024 characters a line.
constexpr std::size_t kLongestSendmail = 8192;

// "6ANMasu8000114: " or "NOQUEUE: ". A piece of a longer line has "6ANMasu8000114[2]: " instead,
// which stays.
void take_queue_id(std::string_view& text) noexcept
{
    constexpr std::size_t kShortest = 7;
    constexpr std::size_t kLongest = 24;
    const auto id = text.substr(0, kLettersAndDigits.prefix_of(text));
    if (id.size() < kShortest || id.size() > kLongest) return;
    if (text.substr(id.size()).starts_with(": ")) text.remove_prefix(id.size() + 2);
}

}  // namespace

bool SendmailParser::may_matter(const LineHeader& header) noexcept
{
    // Nearly all of a busy log.
    constexpr std::array<std::string_view, 5> kNever{"from=", "to=", "STARTTLS=", "SYSERR(",
                                                     "Milter"};
    auto text = header.message;
    take_queue_id(text);
    const auto begins = [&](std::string_view beginning) { return text.starts_with(beginning); };
    return !text.empty() && std::none_of(kNever.begin(), kNever.end(), begins);
}

// "SMTP connect from name [ip] (ip)": the second address is never cut.
bool SendmailParser::learn_client(const LogMessage& message, std::string_view text)
{
    if (!take(text, "SMTP connect from ")) return false;
    const auto at = text.rfind(" (");
    if (!message.pid || at == std::string_view::npos || !text.ends_with(')')) return true;
    text.remove_prefix(at + 2);
    text.remove_suffix(1);
    take(text, "IPv6:");
    clients_.forget_process(message.host, *message.pid);
    const auto ip = IpAddress::parse(text);
    if (ip) clients_.remember_process(message.host, *message.pid, *ip, message.time);
    return true;
}

std::optional<IpAddress> SendmailParser::client_of(const LogMessage& message) const
{
    if (!message.pid) return std::nullopt;
    return clients_.of_process(message.host, *message.pid, message.time);
}

ParseResult SendmailParser::read(const LogMessage& message)
{
    auto text = message.text;
    if (text.size() > kLongestSendmail) return {};
    take_queue_id(text);
    if (learn_client(message, text)) return {};
    const bool is_lost = has_lost_its_client(text);
    const auto client = is_lost ? client_of(message) : std::nullopt;
    if (is_lost && !client) return Concern::lost_lines;
    auto event = read_sendmail_authentication(text, client);
    if (!event) event = read_sendmail_refusal(text);
    if (!event) event = read_sendmail_abuse(text);
    if (event) event->service = Service::smtp;
    return event;
}

}  // namespace mailban
