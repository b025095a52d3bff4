// Which ports the engine's bans close.
//
// Mail from other servers comes in on port 25. A neighbour of an attacker has no part in password
// guesses, but may have mail to deliver; so a ban for wrong passwords leaves port 25 open unless
// they may have been tried there. The event that completes the offence decides, and a later guess
// on port 25 closes it to its client.
#include "mailban/engine/engine.h"
#include "mailban/parse/webmail.h"

#include <utility>

namespace mailban {

// A password service asked by an SMTP server knows of no session: Dovecot's own login processes
// give theirs, and SMTP servers that use Dovecot's passwords have none to give. PAM knows neither,
// and the server that spoke with the client tells of the same attempt.
bool Engine::may_be_on_mail_exchange_port(const Event& event)
{
    if (event.service == Service::smtp) return true;
    if (event.reporter == Reporter::module) return false;
    return event.service == Service::unknown && !event.session && !is_webmail(event.server);
}

PortGroup Engine::group_of(const Ban& ban) const
{
    return ban.ports ? groups_.group_over(*ban.ports) : PortGroup{0};
}

// As a ban carries it: those of firewall.ports are none of its own, and follow the configuration.
std::optional<PortSet> Engine::ports_of(PortGroup group) const
{
    if (group == 0) return std::nullopt;
    return groups_.ports(group);
}

PortGroup Engine::group_for(const Rule& rule, const Event& event) const
{
    if (rule.ports) return groups_.group_over(*rule.ports);
    const bool is_for_passwords = rule.on.contains(EventKind::auth_failure);
    if (!is_for_passwords || may_be_on_mail_exchange_port(event)) return 0;
    const auto rest = groups_.ports(0).without(kMailExchangePort);
    return rest.all || rest.ports.empty() ? PortGroup{0} : groups_.group_over(rest);
}

PortGroup Engine::group_over_both(PortGroup one, PortGroup other) const
{
    return groups_.group_over(groups_.ports(one).united_with(groups_.ports(other)));
}

bool Engine::is_shut_out(const Event& event) const
{
    const auto active = standing_over(event.ip);
    if (!active) return false;
    const PortGroup group = active->whole.group;
    if (group == 0 || !may_be_on_mail_exchange_port(event)) return true;
    return groups_.ports(group).covers({false, {kMailExchangePort}});
}

// A guess on the port that a ban had left open. One client is shut out of it, too; never a whole
// block for one guess of one of its clients.
void Engine::close_mail_exchange_port(const Event& event, std::uint32_t source, Timestamp from,
                                      Timestamp now, Effects& effects)
{
    if (event.kind != EventKind::auth_failure || !may_be_on_mail_exchange_port(event)) return;
    if (judged().outage() != nullptr) return;
    const Ban* const active = ledger_.covering(event.ip, BanOrigin::rule);
    if (active == nullptr || (active->until && *active->until <= from)) return;
    // Only where it had been left open for the lack of guesses there; not where a rule's `ports`
    // say so.
    const PortSet& usual = groups_.ports(0);
    if (!active->ports || active->ports == usual ||
        *active->ports != usual.without(kMailExchangePort))
        return;
    const Prefix client = offender_prefix(event.ip);
    const Prefix prefix = client.contains(active->prefix) ? active->prefix : client;
    if (is_trusted(prefix) || judged().has_user_in(prefix, from)) return;
    Ban wider = *active;
    if (prefix != active->prefix) wider.since = from;
    wider.prefix = prefix;
    wider.ports = std::nullopt;
    impose(std::move(wider), {{}, event.account, source}, now, effects);
}

// The union of the firewall's bans of this prefix: until the last of them ends, all ports of each.
std::optional<WantedBan> Engine::enforced(const Prefix& prefix) const
{
    std::optional<WantedBan> whole;
    ledger_.each_ban_of(prefix, [&](const Ban& ban) {
        if (!is_for_firewall(ban)) return;
        const WantedBan one(ban.until, group_of(ban));
        if (!whole) {
            whole = one;
            return;
        }
        if (ends_later(one.until, whole->until)) whole->until = one.until;
        whole->group = group_over_both(whole->group, one.group);
    });
    return whole;
}

// The narrowest ban of an address that the firewall holds.
std::optional<Engine::StandingBan> Engine::standing_over(const IpAddress& ip) const
{
    const Ban* narrowest = ledger_.covering(ip);
    if (narrowest == nullptr) return std::nullopt;
    auto whole = enforced(narrowest->prefix);
    if (!whole) {
        const auto wider = ledger_.around(narrowest->prefix);
        for (auto key = wider.rbegin(); key != wider.rend() && !whole; ++key) {
            whole = enforced(key->prefix);
            narrowest = ledger_.find(*key);
        }
        if (!whole) return std::nullopt;
    }
    return StandingBan{narrowest, *whole};
}

Wanted Engine::wanted() const
{
    Wanted wanted;
    for (const auto& [key, ban] : ledger_.bans()) {
        if (wanted.contains(key.prefix)) continue;
        if (const auto whole = enforced(key.prefix)) wanted.emplace(key.prefix, *whole);
    }
    return wanted;
}

}  // namespace mailban
