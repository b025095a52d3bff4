// Whom the daemon never bans: what an administrator, files and the machine itself say.
#include "io/daemon/daemon.h"
#include "io/daemon/system.h"

namespace mailban::io {

namespace {

// "; unbanned 192.0.2.7/32", or how many.
std::string unbanned_text(const std::vector<std::string>& prefixes)
{
    if (prefixes.empty()) return {};
    if (prefixes.size() > 10) return "; unbanned " + std::to_string(prefixes.size()) + " prefixes";
    std::string text;
    for (const auto& prefix : prefixes)
        text += (text.empty() ? "; unbanned " : ", ") + prefix;
    return text;
}

std::vector<std::string> ended_bans(const Effects& effects)
{
    std::vector<std::string> ended;
    for (const auto& effect : effects) {
        const auto* end = std::get_if<RecordEnd>(&effect);
        if (end != nullptr) ended.push_back(end->prefix.to_string());
    }
    return ended;
}

}  // namespace

std::string Daemon::answer_allow(const Request& request)
{
    const Timestamp now = system_now();
    perform(engine_->advance(now));
    const bool allows = request.verb == Verb::allow;
    const auto& [verb, prefix, length, reason] = request;
    const auto effects =
        allows ? engine_->allow(prefix, length, reason, now) : engine_->disallow(prefix);
    if (!effects) return reply_failed(effects.error().message);
    perform(*effects);
    commit();
    const auto unbanned = ended_bans(*effects);
    std::string message = (allows ? "allowed " : "no longer allowed: ") + prefix.to_string();
    if (allows && length) message += " until " + format_timestamp(now + *length);
    message += unbanned_text(unbanned);
    const auto other = allows ? std::nullopt : engine_->trusted_as(prefix);
    if (other) message += "; still trusted: " + *other;
    return reply_done(message, unbanned);
}

AllowedReport Daemon::allowed_report() const
{
    AllowedReport report;
    report.entries = engine_->allowlist().entries();
    return report;
}

}  // namespace mailban::io
