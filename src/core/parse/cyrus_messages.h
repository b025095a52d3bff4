// The kinds of Cyrus message that are worth reading, each told by its fixed beginning.
#pragma once

#include "mailban/parse/event.h"

#include <optional>
#include <string_view>

namespace mailban {

// What a failed login is said to have failed for: "PLAIN (bob) [SASL(-13): authentication failure:
// …]", "plaintext (bob) invalid user", "Basic bob SASL(-13): …", "PLAIN authentication failure".
struct CyrusFailure {
    std::optional<EventKind> kind{};  // nullopt: nothing that is known
    std::optional<std::string_view> account{};
};
CyrusFailure read_cyrus_failure(std::string_view text) noexcept;

// What the error is called that stands alone: "SASL(-13): authentication failure: …", "user not
// found".
std::optional<EventKind> kind_of_cyrus_error(std::string_view error) noexcept;

// `event=login.bad …`, `event=login.good …`
std::optional<Event> read_cyrus_login_event(std::string_view text);

}  // namespace mailban
