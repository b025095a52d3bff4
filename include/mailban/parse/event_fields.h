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
    constexpr auto kKept = Stored::yes;
    visit(EventField{"time", kKept, Shown::always}, time);
    visit(EventField{"kind", kKept, Shown::always}, kind);
    visit(EventField{"ip", kKept, Shown::always}, ip);
    visit(EventField{"account", kKept, Shown::always}, account);
    visit(EventField{"server", kKept, Shown::always, "daemon"}, server);
    visit(EventField{"service", kKept, Shown::always}, service);
    visit(EventField{"reply", kKept, Shown::always}, reply);
    visit(EventField{"enhanced", kKept, Shown::always}, enhanced);
    visit(EventField{"attempts", kKept, Shown::always}, attempts);
    visit(EventField{"teller", kKept, Shown::always, "reporter"}, reporter);
    visit(EventField{"client_port", kKept, Shown::in_full}, client_port);
    visit(EventField{"pid", kKept, Shown::in_full}, pid);
    visit(EventField{"session", kKept, Shown::in_full}, session);
    visit(EventField{"lasted", kKept, Shown::in_full, "duration_seconds"}, lasted);
    visit(EventField{"password", kKept, Shown::whether, "has_password_hash"}, password);
    visit(EventField{"unanswered", kKept, Shown::in_full, "no_verdict"}, unanswered);
    visit(EventField{"may_be_doubled", kKept}, may_be_doubled);
    visit(EventField{"local_port"}, local_port);
    visit(EventField{"mechanism"}, mechanism);
    visit(EventField{"database"}, database);
    visit(EventField{"is_unknown_user"}, is_unknown_user);
}

}  // namespace mailban
