// Attempts: the parts of an event by account.
//
// A summary names one account, that of its connection's last attempt (Dovecot's login processes).
// In whose names the others were, no line tells: whoever has an account could end each connection
// with a wrong password of his own, and hide behind it the guesses at everybody else's.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <vector>

namespace mailban {

struct Attempts {
    Event event{};  // without an account where nobody tells which
    std::uint32_t count = 0;
};

// How many of `fresh` attempts are those of the account that the event names, if it names one.
std::uint32_t named_attempts(const Event& event, std::uint32_t fresh) noexcept;

// `fresh`: how many attempts of the event no other line has told. The named one is the last part.
std::vector<Attempts> split_attempts(const Event& event, std::uint32_t fresh);

}  // namespace mailban
