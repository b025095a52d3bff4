// How the bans of many clients of one block become one ban of the block.
#include "mailban/engine/engine.h"
#include "mailban/plural.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mailban {

// Nobody is shut out for his neighbours who is known here, or never to be banned.
bool Engine::may_merge(const Prefix& block, Timestamp at) const
{
    return !is_trusted(block) && !judged().has_user_in(block, at);
}

void Engine::merge(const Prefix& block, Timestamp now, Effects& effects)
{
    const auto clients = ledger_.take_clients(block);
    const Ban* const same = ledger_.find(BanKey{block, BanOrigin::rule});
    const bool is_held = enforced(block).has_value();
    Ban whole = same != nullptr ? *same : clients.front();
    for (const Ban& ban : clients) {
        const auto group = group_over_both(group_of(whole), group_of(ban));
        const auto since = std::min(whole.since, ban.since);
        const auto level = std::max(whole.level, ban.level);
        const auto where = united(whole.where, ban.where);
        if (ends_later(ban.until, whole.until)) whole = ban;
        whole.since = since;
        whole.level = level;
        whole.ports = ports_of(group);
        whole.where = where;
    }
    whole.prefix = block;
    whole.count = static_cast<std::uint32_t>(clients.size());
    whole.reason = "merged from bans of " + plural(clients.size(), "client", "clients") + " in it";
    counters_.merged += clients.size();
    // As many places are free as there were clients.
    ledger_.impose(whole);
    announce(std::move(whole), is_held, {}, now, effects);
    for (const Ban& ban : clients)
        end(ban, now, BanEndReason::merged, effects);
}

void Engine::merge_for_room(const Prefix& near, Timestamp now, Effects& effects)
{
    for (const Prefix& block : ledger_.blocks_to_merge(near))
        if (may_merge(block, now)) return merge(block, now, effects);
}

}  // namespace mailban
