// Dovecot's authentication policy protocol: JSON in the body of a POST, as text.
//
// Dovecot asks with `?command=allow` before and after it compares a password, and reports each
// attempt with `?command=report` (Dovecot manual, "Authentication policy support", 2.3 and 2.4).
// The names of the members are those of Dovecot's default `auth_policy_request_attributes`, and
// `mech` and `local_port` that docs/policy.md adds. Members that are not known are passed over.
#pragma once

#include "mailban/net/seed.h"
#include "mailban/policy/attempt.h"
#include "mailban/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// The longest body that is read.
inline constexpr std::size_t kMaxPolicyBody = 16'384;

// The attempt that a question is about; nullopt: Dovecot does not know the client's address, as
// with a login from this machine itself. `seed`: the key under which passwords are told apart.
Result<std::optional<Attempt>> read_dovecot_question(std::string_view body, Seed seed);

// The report of one attempt as an event at `now`: a login, a wrong password, that our own back end
// is down, or `rejected` where no password was compared (our own answer, a disabled account).
// Nullopt: as above, or the attempt had no account and so no password.
Result<std::optional<Event>> read_dovecot_report(std::string_view body, Seed seed, Timestamp now);

// The body that answers a question: {"status":-1,"msg":""} denies, a positive status is a delay in
// seconds. The text is empty: Dovecot would show it to the client.
std::string dovecot_answer(const PolicyAnswer& answer);

// Whether `given` is the key, in a time that does not depend on where they differ.
bool is_same_key(std::string_view given, std::string_view key) noexcept;

}  // namespace mailban
