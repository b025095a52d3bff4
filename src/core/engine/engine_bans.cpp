// How the engine's bans begin and end: in the ledger, the firewall, the store, the log and the
// hooks.
#include "mailban/detect/account.h"
#include "mailban/engine/engine.h"
#include "mailban/time/local_text.h"
#include "mailban/utf8.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

bool is_ban_over(const Ban& ban, Timestamp now)
{
    return ban.until && *ban.until <= now;
}

// ": rule password-guessing, 5 failures within 10m, account bob, ban number 1"
std::string by_rule_text(const Ban& ban, const std::optional<std::string>& account)
{
    std::string text = ": rule " + ban.rule + ", " + ban.reason;
    if (account) text += ", account " + shown_account(*account);
    return text + ", ban number " + std::to_string(ban.level);
}

// " by hand (alice, uid 1000): spam run", " imported from fail2ban:dovecot (root)"
std::string by_hand_text(const Ban& ban, const std::string& who)
{
    const bool is_imported = ban.origin == BanOrigin::imported;
    std::string text = is_imported ? " imported from " + ban.rule : " by hand";
    if (!who.empty()) text += " (" + who + ")";
    return ban.reason.empty() ? text : text + ": " + printable(ban.reason);
}

// Nothing happens where a backlog tells of a ban that is over.
std::optional<HookEvent> ban_told(const Ban& ban, const std::optional<std::string>& account,
                                  Timestamp now)
{
    if (is_ban_over(ban, now)) return std::nullopt;
    return HookEvent{.kind = HookEvent::Kind::ban,
                     .at = now,
                     .prefix = ban.prefix,
                     .rule = ban.rule,
                     .count = ban.count,
                     .until = ban.until,
                     .account = account ? shown_account(*account) : std::string()};
}

HookEvent end_told(const Ban& ban, Timestamp when, BanEndReason why)
{
    return {.kind = HookEvent::Kind::unban,
            .at = when,
            .prefix = ban.prefix,
            .rule = ban.rule,
            .count = ban.count,
            .until = ban.until,
            .why = std::string(kBanEndReasonNames.of(why))};
}

}  // namespace

// Of the prefix's own ban: its end, unless another rule's is later, and its ports.
void Engine::keep_what_stands(Ban& ban) const
{
    const Ban* const same = ledger_.find(ban.key());
    if (same == nullptr) return;
    if (same->rule == ban.rule || !ends_later(ban.until, same->until)) ban.until = same->until;
    ban.ports = ports_of(group_over_both(group_of(*same), group_of(ban)));
    ban.where = united(same->where, ban.where);
}

bool Engine::enter(const Ban& ban, Timestamp now, Effects& effects)
{
    const auto displaced = ledger_.impose(ban);
    if (!displaced) return true;
    ++counters_.displaced;
    if (displaced->key() == ban.key()) return false;
    end(*displaced, now, BanEndReason::displaced, effects);
    return true;
}

void Engine::count_ban(const Ban& ban)
{
    ++counters_.bans;
    auto& by_rule = counters_.bans_by_rule;
    std::pair name(ban.origin, ban.rule);
    const bool is_full = by_rule.size() >= EngineCounters::kMostNames && !by_rule.contains(name);
    if (is_full) name.second.clear();
    ++by_rule[std::move(name)];
}

void Engine::impose(Ban ban, const Cause& cause, Timestamp now, Effects& effects)
{
    const Prefix prefix = ban.prefix;
    const bool is_new = ledger_.find(ban.key()) == nullptr;
    if (is_new && ledger_.is_full()) merge_for_room(prefix, now, effects);
    const auto before = enforced(prefix);
    if (!enter(ban, now, effects)) return;
    if (is_new) count_ban(ban);
    const auto after = enforced(prefix);
    if (before && after && before->group != after->group) breaches_.restart(ban, now);
    announce(std::move(ban), before.has_value(), cause, now, effects);
    if (const auto block = ledger_.crowded_block(prefix); block && may_merge(*block, now))
        merge(*block, now, effects);
}

void Engine::announce(Ban ban, bool is_held, const Cause& cause, Timestamp now, Effects& effects)
{
    const auto kind = is_held ? Change::Kind::extend : Change::Kind::add;
    // First the firewall: the ban shall bite before anything is written.
    const auto whole = enforced(ban.prefix);
    if (whole && (!whole->until || *whole->until > now))
        effects.push_back(Enforce{{kind, ban.prefix, whole->until, whole->group}});
    // It takes the place of one that the firewall holds.
    if (!whole && is_held) {
        breaches_.forget(ban.prefix);
        effects.push_back(Enforce{{Change::Kind::remove, ban.prefix, {}, group_of(ban)}});
    }
    std::string text = "banned " + ban.prefix.to_string() + ' ' + until_text(ban.until, zone_);
    text += place_text(is_for_firewall(ban) ? ban.where : BanPlace::door);
    if (is_for_firewall(ban) && ban.ports) text += ", ports " + ban.ports->text();
    text += ban.origin == BanOrigin::rule ? by_rule_text(ban, cause.account)
                                          : by_hand_text(ban, cause.who);
    effects.push_back(Notice{Notice::Severity::info, std::move(text),
                             ban_told(ban, cause.account, now), cause.log});
    effects.push_back(RecordBan{std::move(ban)});
}

// Of a ban that is out of the ledger. Where one of another origin stands, the prefix stays out.
void Engine::end(const Ban& ban, Timestamp now, BanEndReason why, Effects& effects,
                 const std::string& who)
{
    if (!is_for_firewall(ban)) {
        // The firewall never had it.
    } else if (const auto rest = enforced(ban.prefix)) {
        effects.push_back(Enforce{{Change::Kind::extend, ban.prefix, rest->until, rest->group}});
    } else {
        breaches_.forget(ban.prefix);
        effects.push_back(Enforce{{Change::Kind::remove, ban.prefix, ban.until, group_of(ban)}});
    }
    const Timestamp when = ban.until ? std::min(now, *ban.until) : now;
    effects.push_back(RecordEnd{ban.prefix, when, why, ban.origin, ban.rule});
    std::string text = std::string(kBanEndReasonNames.of(why)) + ' ' + ban.prefix.to_string();
    if (!who.empty()) text += " by " + who + ": was banned " + named(ban);
    effects.push_back(Notice{Notice::Severity::info, std::move(text), end_told(ban, when, why)});
}

// "by hand until 2026-11-28 20:19:08 +0100", "by rule password-guessing forever"
std::string Engine::named(const Ban& ban) const
{
    return imposer_text(ban) + ' ' + until_text(ban.until, zone_);
}

}  // namespace mailban
