// Plan: what a firewall has to change. Plain values; how it is done is each backend's own affair.
#pragma once

#include "mailban/net/port_set.h"
#include "mailban/net/prefix.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mailban {

// One prefix that a firewall holds, shut out of the ports of `group`. A backend that keeps no end
// times says nullopt.
struct Held {
    Prefix prefix{};
    Until until{};
    PortGroup group = 0;
    bool operator==(const Held&) const = default;
};

struct Change {
    enum class Kind : std::uint8_t {
        add,     // not held so far, or in another group
        extend,  // held, but with another end: give it this one
        remove,  // held, and not to be, or not in this group
    };
    Kind kind = Kind::add;
    Prefix prefix{};
    Until until{};
    PortGroup group = 0;
    bool operator==(const Change&) const = default;
};

using Plan = std::vector<Change>;

// What a firewall has dropped of banned clients, by its own counters, since mailban's objects in it
// were made.
struct FirewallDrops {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
    bool operator==(const FirewallDrops&) const = default;
};

struct WantedBan {
    WantedBan() = default;
    // One of firewall.ports.
    WantedBan(Until end) : until(end) {}      // NOLINT: may be said as its end alone
    WantedBan(Timestamp end) : until(end) {}  // NOLINT
    WantedBan(Until end, PortGroup of) : until(end), group(of) {}
    Until until{};
    PortGroup group = 0;
    bool operator==(const WantedBan&) const = default;
};

// What shall be banned, and how.
using Wanted = std::map<Prefix, WantedBan>;

// Whether a backend's own end times count.
enum class KeepsTime : std::uint8_t { no, yes };

// Whether two ends are further apart than a kernel's clock and rounding explain.
bool differ(Until left, Until right, Duration tolerance = std::chrono::seconds(2));

// Whether a ban also closes what this host hands on to others: containers, mail servers behind it.
// `automatic`: if it hands on mail ports; the shell looks, and makes one of the others of it.
enum class Forward : std::uint8_t { no, yes, automatic };

}  // namespace mailban
