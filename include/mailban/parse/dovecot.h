// Dovecot 2.0 to 2.4 (Pigeonhole included), from its own log file and through syslog.
//
// Two kinds of line tell of clients (src/login-common and src/auth of Dovecot's sources):
//
//     imap-login: Info: Disconnected (auth failed, 2 attempts in 9 secs): user=<bob>, method=PLAIN,
//         rip=192.0.2.7, lip=192.0.2.1, TLS, session=<…>
//     auth: Info: passwd-file(bob,192.0.2.7,<…>): Password mismatch            (before 2.4)
//     auth(bob,192.0.2.7,sasl:plain)<…>: Info: passwd-file: Password mismatch  (since 2.4)
//
// The client's text in them: the user name, any printable bytes, at most 80 of them in the first
// kind and 64 in the second, and in some messages behind it; the mechanism, in capitals. An address
// counts if every way in which Dovecot can have printed these bytes names this one. What
// login_log_format_elements shows and in which order is free, as long as `rip=%r` is among it.
// The address that a proxy of login_trusted_networks passes on is `rip`, and is believed as
// Dovecot believes it. No `rip`, or an auth client that passes none: no event.
//
// Lines of a session after its login (`imap(bob)<pid><…>: …`), of lmtp and of the proxy's own
// dealings with its back end never yield an event.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>
#include <string_view>

namespace mailban {

// None is printed through syslog for `info`.
enum class DovecotLevel : std::uint8_t { info, error, other };

// A line of one of Dovecot's processes, without what stands in front of it.
struct DovecotLine {
    std::string_view process{};  // "imap-login", "auth"
    std::string_view text{};     // behind "process: ", or from the "(" that follows the process
};

// nullopt: not a line of a login or auth process. `program`: the syslog tag, or empty.
std::optional<DovecotLine> split_dovecot_line(std::string_view program,
                                              std::string_view text) noexcept;

// Whether a line without syslog's program begins as one in Dovecot's own log file does.
bool begins_as_dovecot_log(const LineHeader& header) noexcept;

class DovecotParser {
public:
    static constexpr MailServer kServer = MailServer::dovecot;
    static bool may_matter(const LineHeader& header) noexcept;

    // What the message says a client did; each line stands for itself.
    std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
