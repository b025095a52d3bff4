// Attempts: the parts of an event by account.
//
// A summary names one account, that of its connection's last attempt (Dovecot's login processes).
// In whose names the others were, no line tells: whoever has an account could end each connection
// with a wrong password of his own, and hide behind it the guesses at everybody else's.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>

namespace mailban {

// How many of `fresh` attempts are those of the account that the event names, if it names one.
std::uint32_t named_attempts(const Event& event, std::uint32_t fresh) noexcept;

// Calls visit(const Event& part, std::uint32_t count) for each part; the named one is the last. A
// part has no account where nobody tells which. `fresh`: how many attempts of the event no other
// line has told; of 0 there is no part.
template <class Visitor>
void each_part(const Event& event, std::uint32_t fresh, Visitor visit)
{
    const std::uint32_t named = named_attempts(event, fresh);
    if (fresh > named) {
        Event nameless = event;
        nameless.account.reset();
        visit(nameless, fresh - named);
    }
    if (named > 0) visit(event, named);
}

}  // namespace mailban
