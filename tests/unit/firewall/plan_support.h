// Short words for plans, and a firewall that is a map.
#pragma once

#include "mailban/firewall/plan.h"

#include <ostream>
#include <random>
#include <string_view>

namespace mailban {

inline void PrintTo(const Prefix& prefix, std::ostream* out)
{
    *out << prefix.to_string();
}

inline void PrintTo(const Change& change, std::ostream* out)
{
    constexpr std::string_view kNames[] = {"add ", "extend ", "remove "};
    *out << kNames[static_cast<int>(change.kind)] << change.prefix.to_string();
    if (change.until) *out << " until " << format_timestamp(*change.until);
}

inline void PrintTo(const Held& held, std::ostream* out)
{
    *out << held.prefix.to_string();
    if (held.until) *out << " until " << format_timestamp(*held.until);
}

}  // namespace mailban

namespace mailban::test {

inline constexpr Timestamp kNoon{std::chrono::seconds(1'793'534'400)};

inline Prefix operator""_p(const char* text, std::size_t size)
{
    return Prefix::parse({text, size}).value();
}

inline Change add(Prefix prefix, Until until = {})
{
    return {Change::Kind::add, prefix, until};
}
inline Change extend(Prefix prefix, Until until = {})
{
    return {Change::Kind::extend, prefix, until};
}
inline Change remove(Prefix prefix)
{
    return {Change::Kind::remove, prefix, {}};
}

// From a small world, so that prefixes repeat, nest and differ.
inline Prefix any_prefix(std::mt19937& random)
{
    const auto byte = [&](unsigned below) { return static_cast<std::uint8_t>(random() % below); };
    if (random() % 2 == 0) {
        constexpr unsigned kLengths[] = {32, 32, 32, 24, 16};
        return Prefix::of(IpAddress::v4(10, 0, byte(3), byte(4)), kLengths[random() % 5]);
    }
    IpAddress::Bytes bytes{0x20, 0x01, 0x0d, 0xb8};
    bytes[7] = byte(3);
    bytes[15] = byte(3);
    constexpr unsigned kLengths[] = {64, 64, 64, 128, 56, 48};
    return Prefix::of(IpAddress(bytes), kLengths[random() % 6]);
}

// Five seconds apart, so that no two ends are within the tolerance of each other.
inline Until any_end(std::mt19937& random)
{
    if (random() % 5 == 0) return std::nullopt;
    return kNoon + std::chrono::seconds(5 + 5 * (random() % 8));
}

inline std::vector<Held> held_in(const Wanted& state)
{
    std::vector<Held> held;
    for (const auto& [prefix, ban] : state)
        held.push_back({prefix, ban.until, ban.group});
    return held;
}

// The changes that turn `actual` into `wanted`: removals first, then the rest, each in order of
// prefix.
inline Plan reconcile(const Wanted& wanted, const std::vector<Held>& actual, KeepsTime keeps_time)
{
    Wanted held;
    for (const auto& one : actual)
        held.emplace(one.prefix, WantedBan(one.until, one.group));
    Plan plan;
    for (const auto& [prefix, until] : held)
        if (!wanted.contains(prefix)) plan.push_back(remove(prefix));
    for (const auto& [prefix, ban] : wanted) {
        const auto found = held.find(prefix);
        if (found == held.end())
            plan.push_back(add(prefix, ban.until));
        else if (keeps_time == KeepsTime::yes && differ(ban.until, found->second.until))
            plan.push_back(extend(prefix, ban.until));
    }
    return plan;
}

// As one group a prefix: the one that it was put into last.
inline void carry_out(Wanted& state, const Plan& plan)
{
    for (const auto& change : plan) {
        const auto held = state.find(change.prefix);
        if (change.kind != Change::Kind::remove)
            state[change.prefix] = WantedBan(change.until, change.group);
        else if (held != state.end() && held->second.group == change.group)
            state.erase(held);
    }
}

}  // namespace mailban::test
