// Plan: what a firewall has to change. Plain values; how it is done is each backend's own affair.
#pragma once

#include "mailban/net/prefix.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace mailban {

// One prefix that a firewall holds. A backend that keeps no end times says nullopt.
struct Held {
    Prefix prefix{};
    Until until{};
    bool operator==(const Held&) const = default;
};

struct Change {
    enum class Kind : std::uint8_t {
        add,     // not held so far
        extend,  // held, but with another end: give it this one
        remove,  // held, and not to be
    };
    Kind kind = Kind::add;
    Prefix prefix{};
    Until until{};
    bool operator==(const Change&) const = default;
};

using Plan = std::vector<Change>;

// What shall be banned: prefix -> until when.
using Wanted = std::map<Prefix, Until>;

// Whether a backend's own end times count.
enum class KeepsTime : std::uint8_t { no, yes };

// Whether two ends are further apart than a kernel's clock and rounding explain.
bool differ(Until left, Until right, Duration tolerance = std::chrono::seconds(2));

// Whether a ban also closes what this host hands on to others: containers, mail servers behind it.
enum class Forward : std::uint8_t { no, yes };

// Which TCP ports a ban closes.
struct PortSet {
    bool all = false;                    // every port and protocol; `ports` is then empty
    std::vector<std::uint16_t> ports{};  // sorted, no duplicates
    std::string list() const;            // "25,465,587"
    bool operator==(const PortSet&) const = default;
};

}  // namespace mailban
