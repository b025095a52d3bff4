// A line for Exim's ${readsocket…}: one question a connection, one word as the answer.
//
//   -> 192.0.2.7 587 bob@example.com
//   <- allow        or   deny        or   delay 5
//
// The client's address, the port of this machine, and the rest of the line is the account, which a
// client chooses: it stands last, and may be missing. Exim reads until the connection is closed.
#pragma once

#include "mailban/policy/attempt.h"
#include "mailban/result.h"

#include <optional>
#include <string>
#include <string_view>

namespace mailban {

inline constexpr std::size_t kMaxEximQuestion = 1024;

// One line without its newline.
Result<Attempt> read_exim_question(std::string_view line);
// Without a newline: Exim would keep it.
std::string exim_answer(const PolicyAnswer& answer);
// Exim does not report, but what is denied is known: the attempt, as the report of it that Dovecot
// would send. It counts as no failure, and keeps up the attack for which it was denied. nullopt: it
// was not denied, or there is no account yet.
std::optional<Event> exim_refusal(const Attempt& attempt, const PolicyAnswer& answer,
                                  Timestamp now);

}  // namespace mailban
