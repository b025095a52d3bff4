#include "mailban/ban/ledger.h"

#include <algorithm>
#include <cmath>

namespace mailban {

namespace {

constexpr std::size_t kOffendersABan = 2;

}  // namespace

Ledger::Ledger(Escalation escalation, std::size_t capacity)
    : escalation_(escalation), capacity_(std::max<std::size_t>(capacity, 1))
{
}

std::uint32_t Ledger::next_level(const Prefix& prefix, Timestamp at) const
{
    const Offender* known = offender(prefix);
    if (known == nullptr || at - known->last_ban > escalation_.forget) return 1;
    return known->level + 1;
}

Duration Ledger::duration(Duration base, std::uint32_t level) const
{
    if (base >= escalation_.max || level <= 1) return base;
    const double scale = std::pow(escalation_.factor, static_cast<double>(level - 1));
    const double wanted = static_cast<double>(base.count()) * scale;
    if (wanted >= static_cast<double>(escalation_.max.count())) return escalation_.max;
    return Duration(static_cast<Duration::rep>(wanted));
}

std::optional<Ban> Ledger::impose(const Ban& ban)
{
    lift(ban.prefix);
    std::optional<Ban> displaced;
    if (bans_.size() >= capacity_ && !ends_.empty()) displaced = lift(ends_.begin()->second);
    if (ban.until) ends_.emplace(*ban.until, ban.prefix);
    prefixes_.insert(ban.prefix);
    bans_.emplace(ban.prefix, ban);
    return displaced;
}

Offender Ledger::remember(const Prefix& prefix, std::uint32_t level, Timestamp at)
{
    const Offender offender{prefix, level, at};
    restore(offender);
    return offender;
}

void Ledger::restore(const Offender& offender)
{
    const auto [known, is_new] = offenders_.try_emplace(offender.prefix, offender);
    if (!is_new) last_bans_.erase({known->second.last_ban, offender.prefix});
    known->second = offender;
    last_bans_.emplace(offender.last_ban, offender.prefix);
    if (offenders_.size() <= kOffendersABan * capacity_) return;
    offenders_.erase(last_bans_.begin()->second);
    last_bans_.erase(last_bans_.begin());
}

std::optional<Ban> Ledger::lift(const Prefix& prefix)
{
    const auto found = bans_.find(prefix);
    if (found == bans_.end()) return std::nullopt;
    Ban ban = std::move(found->second);
    bans_.erase(found);
    prefixes_.erase(prefix);
    if (ban.until) ends_.erase({*ban.until, prefix});
    return ban;
}

std::vector<Ban> Ledger::expire(Timestamp now, std::size_t most)
{
    std::vector<Ban> ended;
    while (!ends_.empty() && ends_.begin()->first <= now && ended.size() < most) {
        const Prefix prefix = ends_.begin()->second;
        ended.push_back(*lift(prefix));
    }
    return ended;
}

std::optional<Timestamp> Ledger::next_expiry() const
{
    if (ends_.empty()) return std::nullopt;
    return ends_.begin()->first;
}

const Ban* Ledger::find(const Prefix& prefix) const
{
    const auto found = bans_.find(prefix);
    return found == bans_.end() ? nullptr : &found->second;
}

const Ban* Ledger::covering(const IpAddress& address) const
{
    const auto prefix = prefixes_.covering(address);
    return prefix ? find(*prefix) : nullptr;
}

std::vector<Prefix> Ledger::overlapping(const Prefix& prefix, std::size_t most) const
{
    std::vector<Prefix> found;
    for (unsigned length = 0; length < prefix.length(); ++length) {
        const Prefix wider = Prefix::of(prefix.base(), length);
        if (bans_.contains(wider)) found.push_back(wider);
    }
    // IPv4 lies in the middle of IPv6's order: a block of IPv6 that holds it ends only behind it.
    for (auto ban = bans_.lower_bound(prefix); ban != bans_.end() && found.size() < most; ++ban) {
        if (prefix.contains(ban->first)) {
            found.push_back(ban->first);
        } else if (ban->first.is_v4() == prefix.is_v4()) {
            break;
        }
    }
    return found;
}

const Offender* Ledger::offender(const Prefix& prefix) const
{
    const auto found = offenders_.find(prefix);
    return found == offenders_.end() ? nullptr : &found->second;
}

}  // namespace mailban
