#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "postfix_messages.h"

namespace mailban {

namespace {

constexpr std::string_view kAccount = ", sasl_username=";
constexpr std::string_view kPostfixFailed = " authentication failed";
constexpr std::string_view kAborted = " authentication aborted";

// The names that SASL has for its mechanisms, in whatever case. Any other text of the client's
// names none, so no password can have been compared.
constexpr CharacterSet kOfMechanisms = kLettersAndDigits.with("-_");

// "authentication server" is our own. The first four are xsasl_dovecot_server.c's and Dovecot's,
// the rest Cyrus SASL's. Nothing stands here that a client can bring about while the back end
// lives, but for the first.
constexpr std::string_view kUnanswered = "Connection lost to authentication server";
constexpr Beginnings kUnavailable(kUnanswered, "Can't connect to authentication server",
                                  "Authentication backend error",
                                  "Temporary authentication failure", "no memory available",
                                  "SASL library is not initialized",
                                  "version mismatch with plug-in",
                                  "remote authentication server unavailable",
                                  "error when parsing configuration file");

// No password was compared. From the same two sources, and Dovecot's auth. sasl_result.h says why
// "generic failure" and the two behind it are here.
constexpr Beginnings kMalformed(
    "Invalid authentication mechanism", "Unsupported authentication mechanism",
    "Invalid base64 data in initial response", "Invalid base64 data in continued response",
    "another step is needed in authentication", "bad protocol / cancel", "no mechanism available",
    "overflowed buffer", "invalid parameter supplied", "needs user interaction",
    "mechanism doesn't support requested feature", "mechanism too weak for this user",
    "encryption needed to use mechanism", "Plaintext authentication disallowed", "generic failure",
    "transient failure (e.g., weak key)", "user exists, but no verifier for user");

// Dovecot ends some sentences with a dot, or goes on; Cyrus goes on behind a colon.
// Everything else says in one way or another that the password was wrong: "authentication failure",
// "user not found", what the account's back end has as its reason, or, where it has none, "(reason
// unavailable)" and, before November 2023, the last challenge in base64.
EventKind kind_of_reason(std::string_view reason)
{
    if (kUnavailable.begin(reason)) return EventKind::auth_unavailable;
    if (kMalformed.begin(reason)) return EventKind::abuse;
    return EventKind::auth_failure;
}

// The account stands at the end, since 3.9 and the patch releases of November 2023. A reason with
// client text in it could hold the same words; none that is known does.
std::optional<std::string> account_of(std::string_view text)
{
    const auto at = text.find(kAccount);
    if (at == std::string_view::npos) return std::nullopt;
    const auto account = text.substr(at + kAccount.size());
    if (account == "(unavailable)") return std::nullopt;
    return std::string(account);
}

// A Postfix that does not log the account keeps, with Dovecot, the reason of an earlier attempt of
// the same session until there is a newer one (HISTORY 20231102). AUTH PLAIN brings none, so that
// a client could have all its guesses called malformed by one that was.
bool may_be_stale(std::string_view mechanism, std::string_view rest) noexcept
{
    constexpr std::string_view kPlain = "PLAIN";
    const auto is_same = [](char left, char right) {
        return left == right || left == (right | 32);
    };
    return rest.starts_with("Invalid ") && rest.find(kAccount) == std::string_view::npos &&
           std::equal(mechanism.begin(), mechanism.end(), kPlain.begin(), kPlain.end(), is_same);
}

// "" (before 2.3) or ": reason" or ": reason, sasl_username=bob"
std::optional<Event> read_failure(const PostfixClient& client, std::string_view mechanism,
                                  std::string_view rest)
{
    if (rest.empty()) return postfix_event(EventKind::auth_failure, client);
    if (rest == ":") rest = ": ";  // the blank at the end may have been trimmed
    if (!take(rest, ": ")) return std::nullopt;
    auto event = postfix_event(kind_of_reason(rest), client);
    if (may_be_stale(mechanism, rest)) event.kind = EventKind::auth_failure;
    // Dovecot's auth was given the request and said nothing within 10 s, or went away: it is down,
    // or it holds back a client that has failed.
    event.unanswered = rest.starts_with(kUnanswered);
    event.account = account_of(rest);
    return event;
}

}  // namespace

std::optional<Event> read_postfix_authentication(std::string_view text)
{
    const auto client = take_postfix_client(text);
    if (!client || !take(text, ": SASL ")) return std::nullopt;
    auto rest = text;
    const auto mechanism = take_all(rest, kOfMechanisms);
    if (!mechanism.empty() && take(rest, kPostfixFailed)) {
        if (auto event = read_failure(*client, mechanism, rest)) {
            event->mechanism = name_mark(mechanism);
            return event;
        }
    }
    // Given up with "*", or begun with what is no mechanism.
    if (contains(text, kPostfixFailed) || text.ends_with(kAborted))
        return postfix_event(EventKind::abuse, *client);
    return std::nullopt;
}

std::optional<EventKind> read_sasl_library(std::string_view text)
{
    constexpr std::array<std::string_view, 4> kBackEnd{
        "cannot connect to saslauthd server", "cannot create socket for saslauthd",
        "cannot connect to Courier authdaemond", "size read failed"};
    // "Internal Error -4 in server.c": a mechanism that is not there. "unable to open Berkeley db"
    // comes with every attempt where saslauthd answers and a plug-in looks for a database besides.
    constexpr std::array<std::string_view, 3> kNoPassword{
        "Internal Error", "saslauthd request too large", "unable to open Berkeley db"};
    if (!take(text, "warning: SASL authentication failure: ")) return std::nullopt;
    if (begins_with_any(text, kBackEnd)) return EventKind::auth_unavailable;
    if (begins_with_any(text, kNoPassword)) return EventKind::abuse;
    return EventKind::auth_failure;
}

std::optional<Event> read_postfix_login(std::string_view message)
{
    // In the order in which they follow, each if it is there.
    constexpr std::array<std::string_view, 3> kBehindAccount{
        ", sasl_sender=", ", orig_queue_id=", ", orig_client="};
    constexpr std::size_t kLongestQueueId = 24;
    const auto id = take_all(message, kLettersAndDigits);
    if (id.empty() || id.size() > kLongestQueueId) return std::nullopt;
    if (!take(message, ": client=")) return std::nullopt;
    const auto client = take_postfix_client(message);
    if (!client || !take(message, ", sasl_method=")) return std::nullopt;
    take_until(message, ',');
    if (!take(message, kAccount)) return std::nullopt;
    auto account = message;
    for (const auto next : kBehindAccount)
        account = account.substr(0, account.find(next));
    auto event = postfix_event(EventKind::auth_success, *client);
    event.account.emplace(account);
    return event;
}

}  // namespace mailban
