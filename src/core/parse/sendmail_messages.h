// The kinds of Sendmail message that are worth reading, each told by its fixed beginning. `text` is
// the message without its queue id.
#pragma once

#include "mailban/parse/event.h"

#include <optional>
#include <string_view>

namespace mailban {

// `AUTH failure (LOGIN): user not found (-20) SASL(-13): …, user=bob, relay=host [ip]`,
// `AUTH=server, relay=host [ip], authid=bob, mech=LOGIN, bits=0`, `AUTH decode64 error …`
// `client`: whose line it is if has_lost_its_client().
std::optional<Event> read_sendmail_authentication(std::string_view text,
                                                  const std::optional<IpAddress>& client);

// `ruleset=check_rcpt, arg1=<x@y>, relay=host [ip], reject=550 5.7.1 <x@y>... Relaying denied`,
// `tcpwrappers (host, ip) rejection`, `host [ip]: VRFY root [rejected]`
std::optional<Event> read_sendmail_refusal(std::string_view text);

// `rejecting commands from host [ip] due to pre-greeting traffic after 0 seconds`, `host [ip]:
// possible SMTP attack: command=AUTH, count=5` and their kin
std::optional<Event> read_sendmail_abuse(std::string_view text);

// Whether it tells of an attempt to authenticate by a client whose reverse name left no room for
// its address.
bool has_lost_its_client(std::string_view text) noexcept;

// Eats "host [ip]" and " (may be forged)", if that is there.
std::optional<IpAddress> take_sendmail_client(std::string_view& text) noexcept;

// The client at the very end, behind the last ", relay=": at most 100 characters, cut there. The
// text in front of it is left.
std::optional<IpAddress> take_last_sendmail_relay(std::string_view& text) noexcept;

}  // namespace mailban
