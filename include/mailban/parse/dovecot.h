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
// Of a proxy's dealings with its back end, only logins and refused passwords are events; lines of a
// session after its login (`imap(bob)<pid><…>: …`) and of lmtp never are. What PAM writes for its
// part (`pam_unix(dovecot:auth): …`, pam.h) is read here, too.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// Whether the auth service logs a line for each attempt (auth_verbose = yes).
enum class AttemptLines : std::uint8_t { unknown, come };

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

    // What the message says a client did. Each line stands for itself, but for this: whether the
    // log has lines of the auth service decides what an ending without a number stands for.
    // A refusal without a method, in a log that names methods, is abuse: LOGIN without TLS where
    // that is not allowed, for which no password is compared (seen with 2.3.19).
    // Raised is Concern::hidden_attempts, where failed logins come and no such line.
    ParseResult read(const LogMessage& message);

private:
    static constexpr std::size_t kMostHosts = 64;  // that one log is believed to have
    // So many connections with a refused name, and no line of the auth service about any.
    static constexpr std::uint8_t kFailuresAlone = 3;

    struct Host {
        std::string name{};
        bool has_attempt_lines = false;
        std::uint8_t failures_alone = 0;  // since the last line of the auth service
        bool shows_method = false;        // its login processes name the method of an attempt

        bool hides_attempts() const { return failures_alone >= kFailuresAlone; }
        AttemptLines attempt_lines() const
        {
            return has_attempt_lines && !hides_attempts() ? AttemptLines::come
                                                          : AttemptLines::unknown;
        }
    };
    ParseResult read_attempt(const DovecotLine& line, std::string_view host_name);
    ParseResult read_connection(const DovecotLine& line, std::string_view host_name);
    const Host* known_host(std::string_view name) const noexcept;
    Host& host_of(std::string_view name);

    std::vector<Host> hosts_{};
};

}  // namespace mailban
