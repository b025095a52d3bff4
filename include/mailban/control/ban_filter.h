// Which bans a list or an unban means: those that fulfil every condition that is set.
#pragma once

#include "mailban/ban/ban.h"

#include <optional>
#include <string>

namespace mailban {

struct BanFilter {
    std::string rule{};              // the rule's name
    std::optional<Prefix> inside{};  // the ban lies in it
    // Not the bans, but those that rules with `mode: observe` would have made.
    bool is_observed = false;

    bool is_set() const noexcept { return !rule.empty() || inside; }
    bool matches(const Ban& ban) const
    {
        if (!rule.empty() && ban.rule != rule) return false;
        return !inside || inside->contains(ban.prefix);
    }
    bool operator==(const BanFilter&) const = default;
};

}  // namespace mailban
