#include "mailban/parse/scan.h"

#include <algorithm>
#include <array>

#include "dovecot_messages.h"

namespace mailban {

namespace {

// Behind these stands at most the password that was given.
constexpr std::array<std::string_view, 8> kWrong{
    "Password mismatch (for LDAP bind)",
    "Password mismatch",
    "password mismatch",
    "unknown user",
    "invalid credentials",
    "Attempted login with password having illegal chars",
    "Login failed (status=1)",
    "pam_authenticate() failed: Authentication failure (password mismatch?)"};

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
    Opening{"Master user login attempted ", EventKind::abuse},
    Opening{"Authentication failure due to policy server refusal", EventKind::rejected},
};

// What auth_verbose_passwords adds; nothing but a blank for a mechanism that tells no password.
bool is_given_password(std::string_view rest) noexcept
{
    if (rest.empty() || rest == " ") return true;
    return (rest.starts_with(" (given password: ") ||
            rest.starts_with(" (SHA1 of given password: ")) &&
           rest.ends_with(')');
}

bool is_wrong(std::string_view said) noexcept
{
    const auto opens = [&](std::string_view text) {
        return said.starts_with(text) && is_given_password(said.substr(text.size()));
    };
    return std::any_of(kWrong.begin(), kWrong.end(), opens);
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

DovecotVerdict judge_dovecot_attempt(std::string_view database, DovecotLevel level,
                                     std::string_view user, std::string_view said) noexcept
{
    if (level == DovecotLevel::error) return {EventKind::auth_unavailable, std::nullopt};
    if (level == DovecotLevel::other) return {};
    // The next one may find the user, and the password right.
    if (said.ends_with(" - trying the next passdb")) return {};
    if (is_wrong(said)) return {EventKind::auth_failure, std::nullopt};
    if (const auto refused = read_refused_username(said)) {
        if (user != "?") return {EventKind::auth_failure, std::nullopt};
        return {EventKind::auth_failure, refused};
    }
    if (database == "oauth2" && said.starts_with("oauth2 failed: "))
        return {EventKind::auth_failure, std::nullopt};
    for (const auto& opening : kOpenings) {
        if (said.starts_with(opening.text)) return {opening.kind, std::nullopt};
    }
    return {};
}

}  // namespace mailban
