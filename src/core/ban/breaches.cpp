#include "mailban/ban/breaches.h"

#include "mailban/plural.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailban {

Breach& Breaches::entry_of(const Ban& ban, Timestamp now)
{
    const auto known = breaches_.find(ban.prefix);
    if (known != breaches_.end()) return known->second;
    if (breaches_.size() >= kMost) {
        const Prefix oldest = by_last_.begin()->second;  // a copy: what it is a part of goes
        forget(oldest);
    }
    Breach& added = breaches_[ban.prefix];
    added.prefix = ban.prefix;
    added.first = now;
    by_last_.emplace(added.last, added.prefix);
    return added;
}

void Breaches::set_last(Breach& breach, Timestamp last)
{
    by_last_.erase({breach.last, breach.prefix});
    breach.last = last;
    by_last_.emplace(last, breach.prefix);
}

void Breaches::forget(const Prefix& prefix)
{
    const auto known = breaches_.find(prefix);
    if (known == breaches_.end()) return;
    by_last_.erase({known->second.last, prefix});
    breaches_.erase(known);
}

std::optional<Breach> Breaches::note(const Ban& ban, Breach breach, std::uint64_t attempts,
                                     Timestamp now)
{
    attempts_ += attempts;
    Breach& entry = entry_of(ban, now);
    breach.prefix = ban.prefix;
    breach.since = ban.since;
    breach.attempts = entry.attempts + attempts;
    breach.first = entry.first;
    breach.last = entry.last;
    breach.is_reported = entry.is_reported;
    breach.changed = entry.changed;
    const bool is_too_soon =
        last_report_ && now >= *last_report_ && now - *last_report_ < kReportEvery;
    const bool is_due = !breach.is_reported && breach.attempts >= kReportAt && !is_too_soon;
    if (is_due) breach.is_reported = true;
    entry = breach;
    set_last(entry, now);
    if (!is_due) return std::nullopt;
    last_report_ = now;
    return entry;
}

void Breaches::restart(const Ban& ban, Timestamp now)
{
    Breach& entry = entry_of(ban, now);
    entry.changed = now;
    set_last(entry, std::max(entry.last, now));
}

const Breach* Breaches::find(const Prefix& prefix) const
{
    const auto found = breaches_.find(prefix);
    return found != breaches_.end() ? &found->second : nullptr;
}

std::size_t Breaches::size() const
{
    const auto is_sure = [](const auto& one) { return one.second.attempts >= kReportAt; };
    return static_cast<std::size_t>(std::count_if(breaches_.begin(), breaches_.end(), is_sure));
}

std::vector<Breach> Breaches::worst(std::size_t most) const
{
    std::vector<Breach> worst;
    for (const auto& [prefix, breach] : breaches_)
        if (breach.attempts >= kReportAt) worst.push_back(breach);
    const auto more = [](const Breach& one, const Breach& other) {
        return one.attempts > other.attempts;
    };
    std::stable_sort(worst.begin(), worst.end(), more);
    if (worst.size() > most) worst.resize(most);
    return worst;
}

std::string_view to_string(BreachCause cause) noexcept
{
    static constexpr std::array<std::string_view, kBreachCauses> kNames{"open_port", "webmail",
                                                                        "forwarded", "elsewhere"};
    return kNames[static_cast<std::size_t>(cause)];
}

std::string door_of(const Breach& breach)
{
    std::string door;
    if (breach.service != Service::unknown) door = to_string(breach.service);
    if (!breach.port) return door;
    return door + (door.empty() ? "port " : ", port ") + std::to_string(*breach.port);
}

std::string explain(const Breach& breach)
{
    switch (breach.cause) {
    case BreachCause::open_port:
        return "port " + std::to_string(breach.port.value_or(0)) +
               " is not a port that bans close; add it to firewall.ports";
    case BreachCause::webmail:
        return "clients of the webmail " + std::string(to_string(breach.server)) +
               " use port 443, which is not in firewall.ports; add 443 (and 80 if it is open)";
    case BreachCause::forwarded:
        return "this machine forwards mail ports to a container or another machine, and bans do "
               "not reach them; set firewall.forward: auto or true, with the backend auto or "
               "nftables";
    case BreachCause::elsewhere: break;
    }
    return "its packets do not pass this firewall with the client's address; look for a proxy or "
           "load "
           "balancer in front of the server (ban there), a container with a published port "
           "(firewall.forward: true), a port that is not in firewall.ports, a log of another "
           "machine, or a connection from before the ban that could not be destroyed";
}

std::string to_string(const Breach& breach, Timestamp now)
{
    const auto stood = std::chrono::duration_cast<std::chrono::seconds>(now - breach.since);
    std::string text = breach.prefix.to_string() + " has been banned for " +
                       format_duration(stood) + ", but " +
                       plural(breach.attempts, "more attempt", "more attempts") + " came";
    if (const auto door = door_of(breach); !door.empty()) text += " (" + door + ")";
    return text + ": " + explain(breach);
}

}  // namespace mailban
