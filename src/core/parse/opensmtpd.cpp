#include "mailban/parse/opensmtpd.h"

#include "mailban/scan.h"

#include <string>

#include "opensmtpd_line.h"

namespace mailban {

namespace {

// A line holds a command of at most some 64 KiB, of which the log daemon leaves less.
constexpr std::size_t kLongestOpensmtpd = 65536;

std::optional<EventKind> kind_of_outcome(OpenSmtpdOutcome outcome) noexcept
{
    switch (outcome) {
    case OpenSmtpdOutcome::ok: return EventKind::auth_success;
    case OpenSmtpdOutcome::permfail: return EventKind::auth_failure;
    case OpenSmtpdOutcome::tempfail: return EventKind::auth_unavailable;
    case OpenSmtpdOutcome::unknown: break;
    }
    return std::nullopt;
}

// As OpenSMTPD itself abridges the two commands, while it is busy with one of them.
bool is_answer_to_auth(std::string_view command) noexcept
{
    return command == "AUTH PLAIN (...)" || command == "AUTH LOGIN (username)" ||
           command == "AUTH LOGIN (password)";
}

bool begins_as(std::string_view command, std::string_view verb) noexcept
{
    if (command.size() < verb.size()) return false;
    for (std::size_t at = 0; at < verb.size(); ++at) {
        const char upper = command[at] >= 'a' && command[at] <= 'z'
                               ? static_cast<char>(command[at] - 'a' + 'A')
                               : command[at];
        if (upper != verb[at]) return false;
    }
    return true;
}

// What the reply to a command says. A temporary one says nothing about the client. OpenSMTPD gives
// the same answer where it does not know the recipient and where it will not relay.
std::optional<EventKind> kind_of_reply(const OpenSmtpdLine& line) noexcept
{
    const auto code = line.reply->value();
    if (is_answer_to_auth(line.command)) {
        if (code == 535) return EventKind::auth_failure;
        return code >= 500 ? EventKind::abuse : EventKind::auth_unavailable;
    }
    if (code < 500) return std::nullopt;
    if (line.act == OpenSmtpdAct::bad_input) return EventKind::abuse;
    if (begins_as(line.command, "AUTH")) return EventKind::abuse;
    // Malformed commands are as often a printer's as a robot's.
    if (begins_as(line.command, "RCPT TO:") && code >= 550) return EventKind::rejected;
    return std::nullopt;
}

Event event_of(const OpenSmtpdLine& line, const IpAddress& client, EventKind kind)
{
    Event event;
    event.ip = client;
    event.kind = kind;
    event.service = Service::smtp;
    event.session = std::string(line.session);
    event.reply = line.reply;
    event.enhanced = line.enhanced;
    if (line.user) event.account = std::string(*line.user);
    return event;
}

std::optional<Event> read_authentication(const OpenSmtpdLine& line, const IpAddress& client,
                                         OpenSmtpdSession* session)
{
    const auto kind = kind_of_outcome(line.outcome);
    if (!kind) return std::nullopt;
    if (session != nullptr) {
        session->untold += *kind == EventKind::auth_failure ? 1 : 0;
        session->authenticated = *kind == EventKind::auth_success;
    }
    return event_of(line, client, *kind);
}

std::optional<Event> read_answer(const OpenSmtpdLine& line, const IpAddress& client,
                                 OpenSmtpdSession* session)
{
    const auto kind = kind_of_reply(line);
    if (!kind) return std::nullopt;
    // One of our own users who mistypes an address.
    if (*kind == EventKind::rejected && session != nullptr && session->authenticated)
        return std::nullopt;
    auto event = event_of(line, client, *kind);
    // "AUTH PLAIN (...)", "AUTH LOGIN (password)"
    if (*kind == EventKind::auth_failure) event.mechanism = name_mark(line.command.substr(5, 5));
    if (*kind == EventKind::auth_failure && session != nullptr && session->untold > 0) {
        --session->untold;
        event.reporter = Reporter::copy;
    }
    return event;
}

}  // namespace

bool OpenSmtpdParser::may_matter(const LineHeader& header) noexcept
{
    constexpr std::size_t kSession = 16;
    const auto text = header.message;
    if (text.size() > kLongestOpensmtpd) return false;
    return text.starts_with("smtp-in: ") ||
           (text.size() > kSession && text.substr(kSession).starts_with(" smtp "));
}

std::optional<Event> OpenSmtpdParser::read(const LogMessage& message)
{
    const auto line = read_opensmtpd_line(message.text);
    if (!line) return std::nullopt;
    auto* const session = sessions_.find(message.host, line->id);
    const auto client =
        line->client || session == nullptr ? line->client : std::optional(session->client);
    switch (line->act) {
    case OpenSmtpdAct::connected:
        if (line->client) sessions_.open(message.host, line->id, *line->client);
        return std::nullopt;
    case OpenSmtpdAct::disconnected: sessions_.close(message.host, line->id); return std::nullopt;
    case OpenSmtpdAct::authentication:
        return client ? read_authentication(*line, *client, session) : std::nullopt;
    case OpenSmtpdAct::failed_command:
    case OpenSmtpdAct::bad_input:
        return client ? read_answer(*line, *client, session) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace mailban
