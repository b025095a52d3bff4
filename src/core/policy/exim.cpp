#include "mailban/policy/exim.h"

#include "mailban/detect/account.h"
#include "mailban/net/port_set.h"
#include "mailban/utf8.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace mailban {

namespace {

// Up to the next blank, which goes, too.
std::string_view take_word(std::string_view& text)
{
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(text.size(), end + 1));
    return word;
}

}  // namespace

Result<Attempt> read_exim_question(std::string_view line)
{
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string_view whole = line;
    const auto ip = IpAddress::parse(take_word(line));
    const auto number = take_word(line);
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), port);
    const bool is_number = ec == std::errc{} && end == number.data() + number.size() && port != 0;
    if (!ip || !is_number)
        return Error{"the question is " + in_quotes(whole) +
                     "; expected ADDRESS PORT ACCOUNT, such as '192.0.2.7 587 bob@example.com'"};
    Attempt attempt;
    attempt.ip = *ip;
    attempt.local_port = port;
    attempt.service = port == kMailExchangePort ? Service::smtp : Service::submission;
    if (!line.empty()) attempt.account = std::string(line.substr(0, kLongestAccount));
    return attempt;
}

std::string exim_answer(const PolicyAnswer& answer)
{
    std::string text(kPolicyVerdictNames.of(answer.verdict));
    if (answer.verdict == PolicyVerdict::delay) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(answer.delay).count();
        text += " " + std::to_string(std::max<std::int64_t>(seconds, 1));
    }
    return text;
}

std::optional<Event> exim_refusal(const Attempt& attempt, const PolicyAnswer& answer, Timestamp now)
{
    if (answer.verdict != PolicyVerdict::deny || !attempt.account) return std::nullopt;
    Event event;
    event.time = now;
    event.kind = EventKind::rejected;
    event.ip = attempt.ip;
    event.account = attempt.account;
    event.server = MailServer::exim;
    event.service = attempt.service;
    event.reporter = Reporter::report;
    event.local_port = attempt.local_port;
    return event;
}

}  // namespace mailban
