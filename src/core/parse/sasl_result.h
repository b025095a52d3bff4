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

// kSaslFailed, "generic failure", is what a login without a user name gets and what a verifier that
// is down gives. `detail`: the words behind it; `user`: where known. The library itself refuses a
// name of blanks, as a guess that cannot be right; saslauthd may have to.
inline constexpr int kSaslFailed = -1;
EventKind kind_of_sasl_failure(std::string_view detail,
                               std::optional<std::string_view> user) noexcept;

}  // namespace mailban
