// Bans that an administrator makes and ends.
#include "mailban/engine/engine.h"
#include "mailban/plural.h"

#include <algorithm>
#include <utility>

namespace mailban {

std::optional<Error> Engine::why_nowhere(BanPlace where) const
{
    if (where == BanPlace::door && policy_.mode == PolicyMode::off)
        return Error{
            "the ban would hold nowhere: no mail server can ask, because policy.mode is 'off'; "
            "expected 'policy: {mode: enforce}', or where: firewall or both"};
    if (where == BanPlace::firewall && !has_firewall_)
        return Error{
            "the ban would hold nowhere: firewall.backend is 'door'; expected another backend, or "
            "where: door or both"};
    return std::nullopt;
}

Result<Effects> Engine::ban(const Prefix& prefix, std::optional<Duration> length,
                            const std::string& reason, Timestamp now, const std::string& who,
                            const std::string& imported_from, BanPlace where)
{
    if (auto nowhere = why_nowhere(where)) return *nowhere;
    if (const auto trusted = trusted_as(prefix)) {
        return Error{prefix.to_string() + " is never banned: " + *trusted};
    }
    Ban ban;
    ban.prefix = prefix;
    ban.since = now;
    if (length) ban.until = now + *length;
    ban.origin = imported_from.empty() ? BanOrigin::manual : BanOrigin::imported;
    ban.rule = imported_from;
    ban.reason = reason;
    ban.where = where;
    ban.level = std::max(ledger_.next_level(prefix, now), 1U);
    Effects effects;
    impose(std::move(ban), {who, {}, {}}, now, effects);
    return effects;
}

// Why there is nothing to lift, and what to type.
Error Engine::not_banned(const Prefix& prefix) const
{
    const auto around = ledger_.around(prefix);
    if (around.empty()) return Error{prefix.to_string() + " is not banned"};
    const Ban& widest = *ledger_.find(around.front());
    const std::string block = widest.prefix.to_string();
    return Error{prefix.to_string() + " has no ban of its own; it is banned as part of " + block +
                 ", banned " + named(widest) + ". 'mailban unban " + block +
                 "' ends the ban of all of that prefix"};
}

Result<Unbanned> Engine::unban(const Prefix& prefix, Timestamp now, OwnRecord record,
                               const std::string& who, std::size_t most)
{
    const auto inside = ledger_.inside(prefix, most);
    if (inside.empty()) return not_banned(prefix);
    Unbanned done;
    std::vector<Prefix> pardoned{prefix};
    for (const BanKey& key : inside) {
        done.lifted.push_back(*ledger_.lift(key));
        end(done.lifted.back(), now, BanEndReason::unbanned, done.effects, who);
        if (key.prefix != pardoned.back()) pardoned.push_back(key.prefix);
    }
    for (const BanKey& key : ledger_.around(prefix))
        done.still.push_back(*ledger_.find(key));
    done.is_more = inside.size() >= most && !ledger_.inside(prefix, 1).empty();
    if (record == OwnRecord::cleared) pardon(pardoned, now, done.effects);
    return done;
}

Effects Engine::unban_each(const std::vector<Ban>& bans, Timestamp now, OwnRecord record,
                           const std::string& who)
{
    Effects effects;
    std::vector<Prefix> pardoned;
    for (const Ban& ban : bans) {
        const auto lifted = ledger_.lift(ban.key());
        if (!lifted) continue;
        end(*lifted, now, BanEndReason::unbanned, effects, who);
        if (pardoned.empty() || pardoned.back() != ban.prefix) pardoned.push_back(ban.prefix);
    }
    if (record == OwnRecord::cleared) pardon(pardoned, now, effects);
    return effects;
}

// The firewall comes first, as with bans; what is forgotten follows.
void Engine::pardon(const std::vector<Prefix>& prefixes, Timestamp now, Effects& effects)
{
    restore_pardon(prefixes);
    for (const Prefix& prefix : prefixes) {
        effects.push_back(RecordPardon{prefix, now});
        const Prefix client = offender_prefix(prefix.base());
        const Prefix& whole = client.contains(prefix) ? client : prefix;
        for (const Prefix& forgotten : ledger_.forget_offenders(whole))
            effects.push_back(RecordOffender{{forgotten, 0, now}});
        end_observed_in(whole, now, BanEndReason::unbanned, effects);
    }
}

void Engine::restore_pardon(const std::vector<Prefix>& prefixes)
{
    judge_.pardon(prefixes);
    if (waiting_.empty() && deferred_bans_.empty()) return;
    const PrefixSet pardoned(prefixes);
    std::erase_if(waiting_, [&](const auto& entry) { return pardoned.overlaps(entry.first); });
    std::erase_if(deferred_bans_, [&](const Ban& ban) { return pardoned.overlaps(ban.prefix); });
}

}  // namespace mailban
