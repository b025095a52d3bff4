// The kinds of Dovecot line that are worth reading.
#pragma once

#include "mailban/parse/dovecot.h"

#include <optional>
#include <string_view>

namespace mailban {

// Eats "Info: ", "Error: " and the like if it is there.
DovecotLevel take_dovecot_level(std::string_view& text) noexcept;

// A login process: one line at the end of a connection, or as it logs in. Some endings hide how
// many attempts were before them; where no lines of the auth service come, they stand for one.
std::optional<Event> read_dovecot_login(const DovecotLine& line, AttemptLines lines);

// What stands behind the message of a login process: "user=<bob>, method=PLAIN, rip=…, …".
struct DovecotElements {
    std::optional<IpAddress> ip{};
    std::optional<std::uint16_t> client_port{};
    std::optional<std::uint16_t> local_port{};
    std::optional<std::string_view> account{};
    std::optional<std::string_view> session{};
    std::optional<std::string_view> method{};  // of the last attempt
};

// nullopt: not as Dovecot prints it, or there is no address, or not just one can be read.
std::optional<DovecotElements> read_dovecot_elements(std::string_view text);

// The auth service: one line an attempt, with auth_verbose=yes.
std::optional<Event> read_dovecot_auth(const DovecotLine& line);

// What the auth service says of an attempt, the prefix with user and address taken off.
struct DovecotVerdict {
    std::optional<EventKind> kind{};  // nullopt: nothing that is worth an event
    std::optional<std::string_view> account{};
    std::optional<PasswordMark> password{};  // of auth_verbose_passwords
    bool is_unknown_user = false;
    bool operator==(const DovecotVerdict&) const = default;
};

// `database`: the passdb or mechanism that says it; empty where the line names none.
DovecotVerdict judge_dovecot_attempt(std::string_view database, DovecotLevel level,
                                     std::string_view user, std::string_view said) noexcept;

// Whether another server, to which Dovecot has passed name and password on, says that they are
// wrong: in the words of Dovecot and of others, in IMAP, POP3, ManageSieve and SMTP.
bool is_refusal_of_other_server(std::string_view said) noexcept;

}  // namespace mailban
