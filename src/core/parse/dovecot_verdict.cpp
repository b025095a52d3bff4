#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "dovecot_messages.h"

namespace mailban {

namespace {

// Behind these stands at most the password that was given.
constexpr std::array<std::string_view, 13> kWrong{
    // The server's own guard: many an LDAP server lets anybody in who sends none.
    "Login attempt with empty password",
    "Attempted login with empty password",
    "Password mismatch (for LDAP bind)",
    "Password mismatch",
    "password mismatch",
    "unknown user",
    "invalid credentials",
    "Attempted login with password having illegal chars",
    "Login failed (status=1)",
    "pam_authenticate() failed: Authentication failure (password mismatch?)",
    "pam_authenticate() failed: Authentication failure (Password mismatch?)",
    "pam_authenticate() failed: Authentication failure",
    "pam_authenticate() failed: User not known to the underlying authentication module"};

struct Opening {
    std::string_view text{};
    EventKind kind{};
};

// These are followed by details.
constexpr std::array kOpenings{
    Opening{"pam_authenticate() failed: Authentication failure", EventKind::auth_failure},
    Opening{"pam_authenticate() failed: User not known to the underlying authentication module",
            EventKind::auth_failure},
    Opening{"pam_authenticate() failed: Have exhausted maximum number of retries for service",
            EventKind::auth_failure},
    Opening{"Username contains disallowed character: 0x", EventKind::auth_failure},
    // PAM itself is at fault. `Permission denied` may mean either, and says nothing.
    Opening{"pam_authenticate() failed: Authentication service cannot retrieve",
            EventKind::auth_unavailable},
    Opening{"pam_authenticate() failed: System error", EventKind::auth_unavailable},
    Opening{"pam_authenticate() failed: Critical error", EventKind::auth_unavailable},
    Opening{"pam_authenticate() failed: Module is unknown", EventKind::auth_unavailable},
    Opening{"pam_authenticate() failed: Error in service module", EventKind::auth_unavailable},
    Opening{"pam_start() failed: ", EventKind::auth_unavailable},
    Opening{"pam_end() failed: ", EventKind::auth_unavailable},
    Opening{"pam_setcred() failed: ", EventKind::auth_unavailable},
    // Malformed or abandoned: no password was compared.
    Opening{"Empty username", EventKind::abuse},
    Opening{"missing digest", EventKind::abuse},
    Opening{"invalid input", EventKind::abuse},
    Opening{"Invalid base64 data in ", EventKind::abuse},
    Opening{"Request timed out waiting for client to continue authentication", EventKind::abuse},
    Opening{"Attempted master login with no configured master passdbs", EventKind::abuse},
    Opening{"Attempted master login with no master passdbs", EventKind::abuse},
    Opening{"Master user login attempted ", EventKind::abuse},
    Opening{"Authentication failure due to policy server refusal", EventKind::rejected},
};

constexpr CharacterSet kOfHashes = kDigits.with("abcdef");

// What auth_verbose_passwords adds ("sha1:6", "plain:N", …), the same in 2.x: the password itself
// is the client's text and goes to the end of the line, whatever it holds. Nothing but a blank for
// a mechanism that tells no password. False: something else stands there.
bool take_given_password(std::string_view rest, DovecotVerdict& verdict) noexcept
{
    if (rest.empty() || rest == " ") return true;
    const bool is_hashed = take(rest, " (SHA1 of given password: ");
    if (!is_hashed && !take(rest, " (given password: ")) return false;
    if (!rest.ends_with(')')) return false;
    rest.remove_suffix(1);
    const bool is_told = !is_hashed || (!rest.empty() && kOfHashes.has_all_of(rest));
    if (is_told) verdict.password = password_mark(rest);
    return true;
}

std::optional<DovecotVerdict> read_wrong(std::string_view said) noexcept
{
    for (const auto text : kWrong) {
        DovecotVerdict verdict{.kind = EventKind::auth_failure};
        if (!said.starts_with(text) || !take_given_password(said.substr(text.size()), verdict))
            continue;
        verdict.is_unknown_user = text == "unknown user";
        return verdict;
    }
    return std::nullopt;
}

DovecotVerdict of_kind(EventKind kind) noexcept
{
    return {.kind = kind};
}

// Of 2.3 and 2.4.0 the mechanism, or the database; since 2.4.2 no name stands there.
bool is_oauth2(std::string_view database) noexcept
{
    return database.empty() || database == "oauth2" || database == "xoauth2" ||
           database == "oauthbearer";
}

// "Username character disallowed by auth_username_chars: 0x20 (username: a b)". It is longer than a
// user name may be, so that no user can have it in his.
std::optional<std::string_view> read_refused_username(std::string_view said) noexcept
{
    take(said, "login user: ");
    if (!take(said, "Username character disallowed by auth_username_chars: 0x")) return {};
    said.remove_prefix(std::min<std::size_t>(2, said.size()));
    if (!take(said, " (username: ") || !said.ends_with(')')) return {};
    return said.substr(0, said.size() - 1);
}

}  // namespace

// "[UNAVAILABLE] …", "[IN-USE] …" and what else is not known says nothing of the client.
bool is_refusal_of_other_server(std::string_view said) noexcept
{
    constexpr std::array<std::string_view, 4> kNot{"[UNAVAILABLE]", "[IN-USE]", "[SYS/", "emporar"};
    constexpr std::array<std::string_view, 6> kRefusals{
        "[AUTHENTICATIONFAILED]", "[AUTH]", "uthentication failed", "535 ", "535-", "ogin failed"};
    return !contains_any(said, kNot) && contains_any(said, kRefusals);
}

DovecotVerdict judge_dovecot_attempt(std::string_view database, DovecotLevel level,
                                     std::string_view user, std::string_view said) noexcept
{
    // Without the policy server, which is mailban, the login goes on: no word of the passwords.
    const bool is_of_policy = database == "policy" || said.starts_with("Policy server ");
    if (level == DovecotLevel::error && is_of_policy) return {};
    if (level == DovecotLevel::error) return of_kind(EventKind::auth_unavailable);
    if (level == DovecotLevel::other) return {};
    // The next one may find the user, and the password right.
    if (said.ends_with(" - trying the next passdb")) return {};
    if (const auto wrong = read_wrong(said)) return *wrong;
    if (const auto refused = read_refused_username(said)) {
        if (user != "?") return of_kind(EventKind::auth_failure);
        return {.kind = EventKind::auth_failure, .account = refused};
    }
    if (is_oauth2(database) && said.starts_with("oauth2 failed: "))
        return of_kind(EventKind::auth_failure);
    // What the server has said that is asked in place of a database.
    if (database == "imap" && is_refusal_of_other_server(said))
        return of_kind(EventKind::auth_failure);
    for (const auto& opening : kOpenings) {
        if (said.starts_with(opening.text)) return of_kind(opening.kind);
    }
    return {};
}

}  // namespace mailban
