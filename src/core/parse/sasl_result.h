// What a result of the Cyrus SASL library says about the client. Numbers and names are those of its
// sasl.h and of sasl_errstring().
#pragma once

#include "mailban/parse/event.h"

#include <optional>
#include <string_view>

namespace mailban {

// `code`: as logged, below zero for an error. What only a fault of ours gives (a verifier that is
// down, a plug-in that fails) is auth_unavailable; a right password that is not enough is rejected.
// What a client can bring about is abuse, even if a fault of ours gives it, too: it would otherwise
// have its guesses, and those of others, taken for an outage. -8 is a second one-time password
// while a first one waits, -26 a mechanism for which the account has no secret.
EventKind kind_of_sasl_result(int code) noexcept;

// The code that has this name ("authentication failure"), if it is one of the library's.
std::optional<int> sasl_result_named(std::string_view name) noexcept;

// kSaslFailed, "generic failure": a login without a user name, one with a password of 8 KB
// (checkpw.c: "saslauthd request too large"), GSSAPI without a ticket; and every login while
// saslauthd is down, which the words behind it (`detail`) do not tell. No password was compared in
// any of these, and an outage needs no guard while nothing counts as wrong. The library refuses a
// name of blanks itself, as a guess that cannot be right.
inline constexpr int kSaslFailed = -1;
EventKind kind_of_sasl_failure(std::string_view detail) noexcept;

}  // namespace mailban
