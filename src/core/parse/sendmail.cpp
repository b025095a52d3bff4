#include "mailban/parse/sendmail.h"

#include "mailban/parse/scan.h"

#include <algorithm>
#include <array>

#include "sendmail_messages.h"

namespace mailban {

namespace {

// Sendmail writes less than 1,024 characters a line.
constexpr std::size_t kLongestMessage = 8192;

// "6ANMasu8000114: " or "NOQUEUE: ". A piece of a longer line has "6ANMasu8000114[2]: " instead,
// which stays.
void take_queue_id(std::string_view& text) noexcept
{
    constexpr std::size_t kShortest = 7;
    constexpr std::size_t kLongest = 24;
    const auto length =
        std::find_if_not(text.begin(), text.end(), is_letter_or_digit) - text.begin();
    const auto id = text.substr(0, static_cast<std::size_t>(length));
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

std::optional<Event> SendmailParser::read(const LogMessage& message)
{
    auto text = message.text;
    if (text.size() > kLongestMessage) return std::nullopt;
    take_queue_id(text);
    auto event = read_sendmail_authentication(text);
    if (!event) event = read_sendmail_refusal(text);
    if (!event) event = read_sendmail_abuse(text);
    if (event) event->service = Service::smtp;
    return event;
}

}  // namespace mailban
