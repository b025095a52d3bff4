// The kinds of Postfix message that are worth reading, each told by its fixed beginning.
#pragma once

#include "mailban/parse/event.h"

#include <optional>
#include <string_view>

namespace mailban {

// Whether smtpd's message begins as one that is read further.
bool may_be_postfix_event(std::string_view message) noexcept;

// "postfix/submission/smtpd" is smtpd.
std::string_view postfix_daemon(std::string_view program) noexcept;

struct PostfixClient {
    IpAddress ip{};
    std::optional<std::uint16_t> port{};
};

// Eats "mx.client.example[192.0.2.7]" or, with the port, "[192.0.2.7]:25".
std::optional<PostfixClient> take_postfix_client(std::string_view& text);

// An event about the client; its details are the caller's.
Event postfix_event(EventKind kind, const PostfixClient& client);

// What follows "warning: ": `name[ip]: SASL LOGIN authentication failed: …`
std::optional<Event> read_postfix_authentication(std::string_view text);

// `warning: SASL authentication failure: Password verification failed`: Cyrus SASL's own words,
// which name nobody. What kind of event they are of.
std::optional<EventKind> read_sasl_library(std::string_view text);

// `4B40555EE: client=name[ip], sasl_method=LOGIN, sasl_username=bob`
std::optional<Event> read_postfix_login(std::string_view message);

// `NOQUEUE: reject: RCPT from name[ip]: 554 5.7.1 <bob@example.net>: Relay access denied; …` and a
// milter's, smtpd's and postscreen's
std::optional<Event> read_postfix_refusal(std::string_view message);

// Protocol abuse and exceeded limits.
std::optional<Event> read_postfix_abuse(std::string_view message);
std::optional<Event> read_postscreen_test(std::string_view message);

// `disconnect from name[ip] ehlo=1 auth=0/1 commands=1/2`: whoever asked for AUTH, and was never
// let in. Of a session in which another line has told why, it tells nothing new.
std::optional<Event> read_postfix_disconnect(std::string_view message);

}  // namespace mailban
