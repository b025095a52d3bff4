// What a result of the Cyrus SASL library says about the client. Numbers and names are those of its
// sasl.h and of sasl_errstring().
#pragma once

#include "mailban/parse/event.h"

#include <optional>
#include <string_view>

namespace mailban {

// `code`: as logged, below zero for an error. What says nothing about a client (a verifier that is
// down, a plug-in that fails) is auth_unavailable; a right password that is not enough is rejected.
EventKind kind_of_sasl_result(int code) noexcept;

// The code that has this name ("authentication failure"), if it is one of the library's.
std::optional<int> sasl_result_named(std::string_view name) noexcept;

inline constexpr int kSaslFailed = -1;  // "generic failure": saslauthd is down, or no user name

}  // namespace mailban
