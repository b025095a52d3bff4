#include "mailban/parse/postfix.h"

#include "mailban/scan.h"
#include "mailban/words.h"

#include "postfix_messages.h"

namespace mailban {

namespace {

// Postfix cuts a message at 2,000 bytes.
constexpr std::size_t kLongestPostfix = 8192;

constexpr CharacterSet kOfNames = kLettersAndDigits.with(".-_");

std::optional<Event> read_smtpd(std::string_view message)
{
    auto warning = message;
    if (take(warning, "warning: ")) {
        if (auto event = read_postfix_authentication(warning)) return event;
        return read_postfix_abuse(message);
    }
    if (auto event = read_postfix_login(message)) return event;
    if (auto event = read_postfix_refusal(message)) return event;
    return read_postfix_abuse(message);
}

// "postfix/submission/smtpd", "postfix/smtps/smtpd", "postfix-in/submissions/smtpd": what
// master.cf's own comments name these services. Under any other name it may be the one on port 25.
Service postfix_service(std::string_view program) noexcept
{
    const auto daemon = postfix_daemon(program);
    if (daemon.size() == program.size()) return Service::smtp;
    program.remove_suffix(daemon.size() + 1);
    const auto name = postfix_daemon(program);
    const bool is_submission = name == "submission" || name == "submissions" || name == "smtps";
    return is_submission ? Service::submission : Service::smtp;
}

bool tells_why_not_let_in(EventKind kind) noexcept
{
    return kind == EventKind::auth_failure || kind == EventKind::auth_unavailable ||
           kind == EventKind::abuse;
}

std::optional<Event> read_postscreen(std::string_view message)
{
    if (auto event = read_postfix_refusal(message)) return event;
    return read_postscreen_test(message);
}

}  // namespace

bool may_be_postfix_event(std::string_view message) noexcept
{
    constexpr Beginnings kEvents("connect from ", "disconnect from ", "too many errors ",
                                 "improper command ");
    if (kEvents.begin(message)) return true;
    // "warning: ", "NOQUEUE: ", "4B40555EE: "
    take_all(message, kLettersAndDigits);
    return message.starts_with(": ");
}

std::string_view postfix_daemon(std::string_view program) noexcept
{
    return program.substr(program.rfind('/') + 1);
}

std::optional<PostfixClient> take_postfix_client(std::string_view& text)
{
    auto rest = text;
    take_all(rest, kOfNames);
    if (!take(rest, "[")) return std::nullopt;
    const auto ip = IpAddress::parse(take_until(rest, ']'));
    if (!ip || !take(rest, "]")) return std::nullopt;
    PostfixClient client{.ip = *ip};
    // The colon may belong to what follows.
    auto behind_port = rest;
    if (take(behind_port, ":")) client.port = take_number<std::uint16_t>(behind_port);
    text = client.port ? behind_port : rest;
    return client;
}

Event postfix_event(EventKind kind, const PostfixClient& client)
{
    Event event;
    event.kind = kind;
    event.ip = client.ip;
    event.service = Service::smtp;
    event.client_port = client.port;
    return event;
}

bool PostfixParser::may_matter(const LineHeader& header) noexcept
{
    const auto daemon = postfix_daemon(header.program);
    if (daemon == "smtpd") return may_be_postfix_event(header.message);
    return daemon == "postscreen";
}

std::optional<Event> PostfixParser::read(const LogMessage& message)
{
    auto event = read_message(message);
    if (event) event->service = postfix_service(message.program);
    return event;
}

std::optional<Event> PostfixParser::read_message(const LogMessage& message)
{
    if (message.text.size() > kLongestPostfix) return std::nullopt;
    if (postfix_daemon(message.program) == "postscreen") return read_postscreen(message.text);
    if (message.text.starts_with("disconnect from ")) return end_session(message);
    if (learn_client(message)) return std::nullopt;
    auto event = read_of_session(message);
    if (event && message.pid && tells_why_not_let_in(event->kind))
        told_.remember_process(message.host, *message.pid, event->ip, message.time);
    return event;
}

std::optional<Event> PostfixParser::read_of_session(const LogMessage& message) const
{
    if (auto kind = read_sasl_library(message.text); kind && message.pid) {
        const auto ip = clients_.of_process(message.host, *message.pid, message.time);
        if (!ip) return std::nullopt;
        auto event = postfix_event(*kind, {.ip = *ip});
        event.reporter = Reporter::copy;
        return event;
    }
    return read_smtpd(message.text);
}

// "connect from name[192.0.2.7]"
bool PostfixParser::learn_client(const LogMessage& message)
{
    auto text = message.text;
    if (!take(text, "connect from ")) return false;
    if (!message.pid) return true;
    told_.forget_process(message.host, *message.pid);
    clients_.forget_process(message.host, *message.pid);
    if (const auto client = take_postfix_client(text))
        clients_.remember_process(message.host, *message.pid, client->ip, message.time);
    return true;
}

std::optional<Event> PostfixParser::end_session(const LogMessage& message)
{
    auto event = read_postfix_disconnect(message.text);
    if (!message.pid) return std::nullopt;
    const auto told = told_.of_process(message.host, *message.pid, message.time);
    told_.forget_process(message.host, *message.pid);
    clients_.forget_process(message.host, *message.pid);
    if (event && told == event->ip) return std::nullopt;
    return event;
}

}  // namespace mailban
