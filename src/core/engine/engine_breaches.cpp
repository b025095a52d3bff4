// Which events say that a ban does not bite.
#include "mailban/engine/engine.h"
#include "mailban/parse/webmail.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

// What a session that was under way when the ban came may still lead to minutes later, and what
// says nothing about the client.
bool may_be_leftover(EventKind kind)
{
    return kind == EventKind::abuse || kind == EventKind::auth_unavailable;
}

// A summary comes at the end of a connection, which may have begun before the ban.
std::optional<Timestamp> beginning_of(const Event& event, Timestamp stamp)
{
    if (event.reporter != Reporter::summary) return stamp;
    if (!event.lasted) return std::nullopt;
    return stamp - *event.lasted;
}

}  // namespace

void Engine::set_enforced(bool is_enforced, Timestamp now)
{
    if (!is_enforced) enforced_since_.reset();
    if (is_enforced && !enforced_since_) enforced_since_ = now;
}

// A rule's own `ports` leave the others open on purpose. Of firewall.ports nothing is: a client
// that comes through another port is one of whom the administrator wants to hear.
bool Engine::should_shut_out(const Ban& ban, const Event& event) const
{
    if (!ban.ports) return true;
    const PortSet& usual = groups_.ports(0);
    if (*ban.ports == usual) return true;
    if (*ban.ports == usual.without(kMailExchangePort)) {
        if (event.local_port) return *event.local_port != kMailExchangePort;
        return is_shut_out(event);
    }
    if (event.local_port) return ban.ports->covers({false, {*event.local_port}});
    const auto ports = service_ports(event.service);
    return !ports.empty() && ban.ports->covers({false, ports});
}

BreachCause Engine::cause_of(const Ban& ban, const Event& event) const
{
    const PortSet& closed = ban.ports ? *ban.ports : groups_.ports(0);
    if (event.local_port && !closed.covers({false, {*event.local_port}}))
        return BreachCause::open_port;
    if (is_webmail(event.server) && !closed.covers({false, {443}})) return BreachCause::webmail;
    return is_passed_by_ ? BreachCause::forwarded : BreachCause::elsewhere;
}

void Engine::note_breach(const Event& event, Timestamp stamp, std::uint32_t source,
                         std::uint32_t attempts, Timestamp now, Effects& effects)
{
    if (!enforced_since_ || attempts == 0 || may_be_leftover(event.kind)) return;
    const auto standing = standing_over(event.ip);
    if (!standing || (standing->whole.until && *standing->whole.until <= now)) return;
    if (is_trusted(Prefix::host(event.ip))) return;
    const auto began = beginning_of(event, stamp);
    Timestamp since = std::max(standing->ban->since, *enforced_since_);
    const Breach* const known = breaches_.find(standing->ban->prefix);
    if (known != nullptr && known->changed) since = std::max(since, *known->changed);
    const Timestamp settled = since + Breaches::kSettle;
    if (!began || *began <= settled || now <= settled) return;
    Ban ban = *standing->ban;
    ban.until = standing->whole.until;
    ban.ports = ports_of(standing->whole.group);
    if (!should_shut_out(ban, event)) return;
    Breach breach;
    breach.ip = event.ip;
    breach.source = source;
    breach.server = event.server;
    breach.service = event.service;
    breach.port = event.local_port;
    breach.cause = cause_of(ban, event);
    const auto report = breaches_.note(ban, breach, attempts, now);
    if (!report) return;
    HookEvent hook_event;
    hook_event.kind = HookEvent::Kind::ineffective;
    hook_event.at = now;
    hook_event.prefix = report->prefix;
    hook_event.rule = ban.rule;
    hook_event.count = report->attempts;
    hook_event.until = ban.until;
    hook_event.why = explain(*report);
    effects.push_back(
        Notice{Notice::Severity::warning, to_string(*report, now), std::move(hook_event), source});
}

}  // namespace mailban
