// Bans that an administrator makes and ends.
#include "mailban/engine/engine.h"

#include <algorithm>
#include <utility>

namespace mailban {

Result<Effects> Engine::ban(const Prefix& prefix, std::optional<Duration> length,
                            const std::string& reason, Timestamp now)
{
    if (const auto trusted = trusted_as(prefix)) {
        return Error{prefix.to_string() + " is never banned: " + *trusted};
    }
    Ban ban;
    ban.prefix = prefix;
    ban.since = now;
    if (length) ban.until = now + *length;
    ban.origin = BanOrigin::manual;
    ban.reason = reason;
    ban.level = std::max(ledger_.next_level(prefix, now), 1U);
    Effects effects;
    impose(std::move(ban), now, effects);
    return effects;
}

Result<Effects> Engine::unban(const Prefix& prefix, Timestamp now)
{
    const Ban* standing = ledger_.find(prefix);
    if (standing == nullptr && prefix.is_host()) standing = ledger_.covering(prefix.base());
    if (standing == nullptr) return Error{prefix.to_string() + " is not banned"};
    Effects effects;
    for (const Ban& ban : ledger_.bans_of(standing->prefix))
        end(*ledger_.lift(ban.key()), now, "unbanned", effects);
    return effects;
}

Effects Engine::unban_each(const std::vector<Ban>& bans, Timestamp now)
{
    Effects effects;
    for (const Ban& ban : bans)
        if (const auto lifted = ledger_.lift(ban.key())) end(*lifted, now, "unbanned", effects);
    return effects;
}

}  // namespace mailban
