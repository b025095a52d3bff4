// Whom the engine never bans.
#include "mailban/engine/engine.h"
#include "mailban/time/local_text.h"
#include "mailban/utf8.h"

#include <utility>

namespace mailban {

namespace {

// More is a job for an allow file.
constexpr std::size_t kMostAllowedByHand = 10'000;

Error too_wide(const Prefix& prefix)
{
    return Error{prefix.to_string() +
                 " is too wide for this command, because it covers nearly all addresses; to ban "
                 "nobody, set 'firewall: {backend: dry-run}' in the configuration or write the "
                 "prefix under 'allow:', and reload"};
}

// " (alice, uid 1000)"
std::string asked_by(const std::string& who)
{
    return who.empty() ? std::string() : " (" + who + ")";
}

std::string allowed_text(const Allowed& entry, const std::string& who, const Zone& zone)
{
    std::string text = "allowed " + entry.prefix.to_string() + ' ' + until_text(entry.until, zone) +
                       " by hand" + asked_by(who);
    return entry.reason.empty() ? text : text + ": " + printable(entry.reason);
}

}  // namespace

void Engine::trust(AllowOrigin origin, const PrefixSet& prefixes)
{
    if (allowlist_.set(origin, prefixes)) look_for_trusted();
}

void Engine::set_allowed(AllowOrigin origin, const std::string& source,
                         const std::vector<Allowed>& entries)
{
    if (allowlist_.set(origin, source, entries)) look_for_trusted();
}

std::optional<std::string> Engine::trusted_as(const Prefix& prefix) const
{
    const Allowed* allowed = allowlist_.overlapping(prefix);
    if (allowed == nullptr) return std::nullopt;
    return to_string(*allowed, zone_);
}

Result<Effects> Engine::allow(const Prefix& prefix, std::optional<Duration> length,
                              const std::string& reason, Timestamp now, std::size_t most,
                              const std::string& who)
{
    if (is_too_wide_to_trust(prefix)) return too_wide(prefix);
    Allowed entry;
    entry.prefix = prefix;
    entry.origin = AllowOrigin::manual;
    entry.reason = reason;
    entry.since = now;
    if (length) entry.until = now + *length;
    if (allowlist_.size(AllowOrigin::manual) >= kMostAllowedByHand) {
        return Error{
            std::to_string(kMostAllowedByHand) +
            " prefixes are already allowed by command; write further ones into an allow file"};
    }
    Effects effects{Notice{Notice::Severity::info, allowed_text(entry, who, zone_)},
                    RecordAllowed{entry}};
    allowlist_.add(std::move(entry));
    const auto trusted = ledger_.overlapping(prefix, most);
    for (const BanKey& banned : trusted)
        end(*ledger_.lift(banned), now, BanEndReason::trusted, effects);
    if (trusted.size() >= most) look_for_trusted();
    end_observed_in(prefix, now, BanEndReason::trusted, effects);
    return effects;
}

Result<Effects> Engine::disallow(const Prefix& prefix, const std::string& who)
{
    const auto entry = allowlist_.remove(prefix);
    if (!entry) {
        const auto trusted = trusted_as(prefix);
        return Error{prefix.to_string() + " was not allowed by command" +
                     (trusted ? "; it is on the allowlist for another reason: " + *trusted : "")};
    }
    Effects effects;
    end_allowance(*entry, "no longer allowed, by hand" + asked_by(who), effects);
    return effects;
}

void Engine::end_allowance(const Allowed& entry, const std::string& why, Effects& effects)
{
    effects.push_back(RecordDisallowed{entry.prefix});
    effects.push_back(Notice{Notice::Severity::info, why + ": " + entry.prefix.to_string()});
}

void Engine::look_for_trusted()
{
    is_trust_new_ = true;
    compared_.reset();
}

// One portion of the bans, from where the last one ended.
void Engine::lift_trusted(Timestamp now, std::size_t most, Effects& effects)
{
    if (!is_trust_new_) return;
    const auto& bans = ledger_.bans();
    std::vector<BanKey> trusted;
    auto ban = compared_ ? bans.upper_bound(*compared_) : bans.begin();
    for (std::size_t looked_at = 0; ban != bans.end() && looked_at < most; ++ban, ++looked_at) {
        if (is_trusted(ban->first.prefix)) trusted.push_back(ban->first);
        compared_ = ban->first;
    }
    is_trust_new_ = ban != bans.end();
    for (const BanKey& banned : trusted)
        end(*ledger_.lift(banned), now, BanEndReason::trusted, effects);
}

}  // namespace mailban
