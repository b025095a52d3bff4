// event_key: events with the same key tell of the same attempt, or of attempts that nobody could
// tell apart.
//
// A key is a hash of 64 bits; without the seed nobody can choose events with equal keys. Two
// different attempts have one key with a probability of 2^-64. A server with a million events a
// day compares each with three keys in some 65,536: within a year one in 250,000 such servers
// takes one attempt for another.
#pragma once

#include "mailban/net/seed.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace mailban {

using EventKey = std::uint64_t;

// A key of `key` and a number.
inline EventKey key_with(EventKey key, std::uint64_t number)
{
    const std::string_view bytes(reinterpret_cast<const char*>(&number), sizeof number);
    return SeededHash{key}(bytes);
}

// Everything that two writings of one line agree in, but the time.
inline EventKey event_key(const Event& event, Seed seed)
{
    const auto shift = [](auto value, unsigned bits) {
        return static_cast<std::uint64_t>(value) << bits;
    };
    const std::uint64_t numbers = shift(event.kind, 0) | shift(event.server, 8) |
                                  shift(event.reporter, 16) | shift(event.unanswered, 24) |
                                  shift(event.client_port.value_or(0), 32) |
                                  shift(event.reply ? event.reply->value() : std::uint16_t{0}, 48);
    EventKey key = key_with(SeededHash{seed.value}(event.ip), numbers);
    for (const auto* const text : {&event.session, &event.account})
        key = SeededHash{key}(*text ? std::string_view(**text) : std::string_view());
    return key;
}

}  // namespace mailban
