#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <string>

#include "exim_messages.h"

namespace mailban {

namespace {

// The reason is the administrator's text, but these endings are common, or Exim's own.
EventKind kind_of_reason(std::string_view text)
{
    static constexpr std::array<std::string_view, 5> kRelay{
        "relay not permitted", "relaying denied", "relay access denied", "relay denied",
        "not permitted to relay through this server"};
    static constexpr std::array<std::string_view, 6> kUnknown{
        "unrouteable address", "unknown user",      "user unknown",
        "no such user",        "no such user here", "unknown recipient"};
    constexpr std::size_t kLongest = 64;
    while (text.ends_with('"') || text.ends_with('.'))
        text.remove_suffix(1);
    if (text.size() > kLongest) text.remove_prefix(text.size() - kLongest);
    const auto reason = lower_case(text);
    if (ends_with_any(reason, kRelay)) return EventKind::relay_denied;
    if (ends_with_any(reason, kUnknown)) return EventKind::unknown_recipient;
    return EventKind::rejected;
}

// Eats "sender>". Between quotation marks it may hold anything, ">" and blanks among it.
bool take_refused_sender(std::string_view& text) noexcept
{
    bool quoted = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (quoted && text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            quoted = !quoted;
        } else if (text[at] == '>' && !quoted) {
            text.remove_prefix(at + 1);
            return true;
        }
    }
    return false;
}

// " F=<sender> rejected RCPT <recipient>: reason". A greylisted client has done nothing wrong; one
// of our own users who mistypes an address (" A=login:bob") neither.
std::optional<EximStatement> read_refused_recipient(std::string_view rest)
{
    EximStatement said;
    if (!contains(rest, " rejected RCPT ")) return std::nullopt;
    if (!take(rest, " F=<") || !take_refused_sender(rest)) return said;
    if (rest.starts_with(" rejected RCPT ")) said.kind = kind_of_reason(rest);
    return said;
}

std::optional<EximStatement> read_refusal_rest(std::string_view rest, EximMatch)
{
    constexpr std::array<std::string_view, 7> kCommands{
        "AUTH ", "MAIL ", "connection in ", "EHLO or HELO ", "VRFY ", "EXPN ", "ETRN "};
    const auto tls = skip_exim_tls(rest);
    if (tls.peer_text) return std::nullopt;
    rest = tls.rest;
    if (rest.starts_with(" F=<")) return read_refused_recipient(rest);
    if (!take(rest, " rejected ")) return std::nullopt;
    const auto names = [&](std::string_view command) { return rest.starts_with(command); };
    if (std::none_of(kCommands.begin(), kCommands.end(), names)) return std::nullopt;
    return EximStatement{EventKind::rejected};
}

std::optional<EximStatement> read_dropped_rest(std::string_view rest, EximMatch)
{
    if (!rest.starts_with(" dropped: too many ")) return std::nullopt;
    return EximStatement{EventKind::abuse};
}

std::optional<EximStatement> read_crowd_rest(std::string_view rest, EximMatch)
{
    if (rest != " refused: too many connections from that IP address") return std::nullopt;
    return EximStatement{EventKind::abuse};
}

std::optional<EximStatement> read_early_input_rest(std::string_view rest, EximMatch)
{
    if (!rest.starts_with(" input=\"")) return std::nullopt;
    return EximStatement{EventKind::abuse};
}

std::optional<EximStatement> read_bad_helo_rest(std::string_view rest, EximMatch)
{
    if (!rest.starts_with(": syntactically invalid argument(s): ")) return std::nullopt;
    return EximStatement{EventKind::rejected};
}

}  // namespace

ParseResult read_exim_refusal(EximClientText client)
{
    // The reason stands at the end.
    if (client.scene.extent != EximExtent::whole) return {};
    take(client.text, " DS");
    if (!take(client.text, "H=")) return {};
    return read_exim_client(client, read_refusal_rest);
}

ParseResult read_exim_abuse(EximClientText client)
{
    struct Opening {
        std::string_view text;
        ReadEximRest read_rest;
    };
    static constexpr std::array<Opening, 5> kRefusalOpenings{
        {{"SMTP call from ", read_dropped_rest},
         {"Connection from ", read_crowd_rest},
         {"SMTP protocol synchronization error (input sent without waiting for greeting): "
          "rejected connection from H=",
          read_early_input_rest},
         {"rejected EHLO from ", read_bad_helo_rest},
         {"rejected HELO from ", read_bad_helo_rest}}};
    for (const auto& opening : kRefusalOpenings) {
        if (take(client.text, opening.text)) return read_exim_client(client, opening.read_rest);
    }
    return {};
}

}  // namespace mailban
