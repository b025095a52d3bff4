// What rules with `mode: observe` would have done: noted, stored and reported, never enforced.
//
// These bans have a ledger of their own. So they change nothing of the real ones: no place, no
// level and no end. Each lasts as long as the rule's ban would have.
#include "mailban/detect/account.h"
#include "mailban/engine/engine.h"
#include "mailban/time/local_text.h"
#include "mailban/utf8.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

// Of one origin that an administrator watches for days; a list, not a defence.
constexpr std::size_t kMostEndedAtOnce = 1000;

std::string would_ban_text(const Ban& ban, const std::optional<std::string>& account,
                           const Zone& zone)
{
    std::string text = "would ban " + ban.prefix.to_string() + ' ' + until_text(ban.until, zone) +
                       ": rule " + ban.rule + " (mode observe), " + ban.reason;
    if (account) text += ", account " + shown_account(*account);
    return text;
}

}  // namespace

// `ban` has its prefix, beginning and ports. One that stands is noted again only where another rule
// makes it longer, as with real bans.
void Engine::note_would_ban(const Offence& offence, Ban ban, const Cause& cause, Timestamp now,
                            Effects& effects)
{
    const Rule& rule = *offence.rule;
    ban.origin = BanOrigin::observed;
    ban.rule = rule.name;
    ban.reason = to_string(offence);
    ban.count = offence.limit;
    const IpAddress client = ban.prefix.base();
    const Ban* standing = observed_.covering(client);
    for (; standing != nullptr && standing->until && *standing->until <= ban.since;
         standing = observed_.covering(client))
        end_observed(*observed_.lift(standing->key()), now, BanEndReason::expired, effects);
    ban.level = standing != nullptr ? standing->level : observed_.next_level(ban.prefix, ban.since);
    if (rule.ban) ban.until = ban.since + observed_.duration(*rule.ban, ban.level);
    if (standing != nullptr) {
        if (standing->rule == ban.rule || !ends_later(ban.until, standing->until)) return;
        ban.since = standing->since;
    }
    observed_.remember(ban.prefix, ban.level, ban.since);
    if (const auto displaced = observed_.impose(ban)) {
        if (displaced->key() == ban.key()) return;
        end_observed(*displaced, now, BanEndReason::displaced, effects);
    }
    ++counters_.observed_bans;
    HookEvent told{.kind = HookEvent::Kind::would_ban,
                   .at = now,
                   .prefix = ban.prefix,
                   .rule = ban.rule,
                   .count = ban.count,
                   .until = ban.until,
                   .account = cause.account ? shown_account(*cause.account) : std::string()};
    effects.push_back(Notice{Notice::Severity::info, would_ban_text(ban, cause.account, zone_),
                             std::move(told), cause.log});
    effects.push_back(RecordBan{std::move(ban)});
}

void Engine::end_observed(const Ban& ban, Timestamp now, BanEndReason why, Effects& effects)
{
    const Timestamp when = ban.until ? std::min(now, *ban.until) : now;
    effects.push_back(RecordEnd{ban.prefix, when, why, ban.origin, ban.rule});
}

void Engine::end_observed_in(const Prefix& prefix, Timestamp now, BanEndReason why,
                             Effects& effects)
{
    for (const BanKey& key : observed_.overlapping(prefix, kMostEndedAtOnce))
        end_observed(*observed_.lift(key), now, why, effects);
    observed_.forget_offenders(prefix);
}

std::optional<Timestamp> Engine::next_due() const
{
    const auto ban = ledger_.next_expiry();
    const auto observed = observed_.next_expiry();
    if (!ban || !observed) return ban ? ban : observed;
    return std::min(*ban, *observed);
}

}  // namespace mailban
