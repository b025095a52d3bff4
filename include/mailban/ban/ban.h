// Ban: who is out of which ports, since when, until when, and why.
#pragma once

#include "mailban/net/port_set.h"
#include "mailban/net/prefix.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mailban {

enum class BanOrigin : std::uint8_t { rule, manual };

struct Ban {
    Prefix prefix{};
    Timestamp since{};
    Until until{};
    BanOrigin origin = BanOrigin::rule;
    std::string rule{};       // the rule's name; empty for a manual ban
    std::string reason{};     // an administrator's words, or a sentence that says what tripped
    std::uint32_t count = 0;  // events that the rule counted
    std::uint32_t level = 1;  // 1 for the first ban of this prefix, 2 for the next, ...
    std::optional<PortSet> ports{};  // that it closes; nullopt: firewall.ports
    bool operator==(const Ban&) const = default;
};

}  // namespace mailban
