// The fields of an Event, written down once: what stores, shows or compares events follows from
// this list, and a new field that is not in it does not compile.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <string_view>

namespace mailban {

// In JSON (event_json). `whether`: never the value, only whether there is one.
enum class Shown : std::uint8_t { never, always, in_full, whether };
// In the state database. What is not kept there is of use for some seconds only.
enum class Stored : std::uint8_t { no, yes };

struct EventField {
    std::string_view name{};  // the member's, and its column's
    Stored stored = Stored::no;
    Shown shown = Shown::never;
    std::string_view json{};  // what it is called there, where that is another name
};

// Calls visit(EventField, value&) for each field, in the order in which they are shown.
template <class AnyEvent, class Visitor>
constexpr void each_field(AnyEvent& event, Visitor&& visit)
{
    auto& [time, kind, ip, account, server, service, reply, enhanced, attempts, reporter,
           may_be_doubled, client_port, pid, local_port, session, lasted, password, unanswered,
           mechanism, database, is_unknown_user] = event;
    constexpr auto kept = Stored::yes;
    visit(EventField{"time", kept, Shown::always}, time);
    visit(EventField{"kind", kept, Shown::always}, kind);
    visit(EventField{"ip", kept, Shown::always}, ip);
    visit(EventField{"account", kept, Shown::always}, account);
    visit(EventField{"server", kept, Shown::always, "daemon"}, server);
    visit(EventField{"service", kept, Shown::always}, service);
    visit(EventField{"reply", kept, Shown::always}, reply);
    visit(EventField{"enhanced", kept, Shown::always}, enhanced);
    visit(EventField{"attempts", kept, Shown::always}, attempts);
    visit(EventField{"teller", kept, Shown::always, "reporter"}, reporter);
    visit(EventField{"client_port", kept, Shown::in_full}, client_port);
    visit(EventField{"pid", kept, Shown::in_full}, pid);
    visit(EventField{"session", kept, Shown::in_full}, session);
    visit(EventField{"lasted", kept, Shown::in_full, "duration_seconds"}, lasted);
    visit(EventField{"password", kept, Shown::whether, "has_password_hash"}, password);
    visit(EventField{"unanswered", kept, Shown::in_full, "no_verdict"}, unanswered);
    visit(EventField{"may_be_doubled", kept}, may_be_doubled);
    visit(EventField{"local_port"}, local_port);
    visit(EventField{"mechanism"}, mechanism);
    visit(EventField{"database"}, database);
    visit(EventField{"is_unknown_user"}, is_unknown_user);
}

}  // namespace mailban
