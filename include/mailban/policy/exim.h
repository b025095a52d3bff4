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

#include <string>
#include <string_view>

namespace mailban {

inline constexpr std::size_t kMaxEximQuestion = 1024;

// One line without its newline.
Result<Attempt> read_exim_question(std::string_view line);
// Without a newline: Exim would keep it.
std::string exim_answer(const PolicyAnswer& answer);

}  // namespace mailban
