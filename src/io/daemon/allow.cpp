// Whom the daemon never bans: what an administrator, files and the machine itself say.
#include "io/allow/containers.h"
#include "io/allow/gateways.h"
#include "io/daemon/daemon.h"
#include "io/daemon/system.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace mailban::io {

namespace {

// Of one file in `mailban status`; the log has them all.
constexpr std::size_t kMostProblems = 5;

// "; unbanned 192.0.2.7/32", or how many.
std::string unbanned_text(const std::vector<std::string>& prefixes)
{
    if (prefixes.empty()) return {};
    if (prefixes.size() > 10) return "; unbanned " + plural(prefixes.size(), "prefix", "prefixes");
    std::string text;
    for (const auto& prefix : prefixes)
        text += (text.empty() ? "; unbanned " : ", ") + prefix;
    return text;
}

std::vector<std::string> ended_bans(const Effects& effects)
{
    std::vector<std::string> ended;
    for (const auto& effect : effects) {
        const auto* end = effect_as<RecordEnd>(effect);
        if (end != nullptr) ended.push_back(end->prefix.to_string());
    }
    return ended;
}

}  // namespace

void Daemon::look_at_own_addresses(Engine& engine) const
{
    engine.set_own_addresses(own_addresses());
    engine.set_gateways(default_gateways());
    engine.set_container_networks(container_networks());
}

Status Daemon::take_allowlist(Engine& engine)
{
    look_at_own_addresses(engine);
    allow_files_.set(config_.allow.files);
    for (const AllowedFile& file : allow_files_.files()) {
        engine.set_allowed(AllowOrigin::file, file.path, file.entries);
        for (const auto& problem : file.problems)
            spdlog::warn("allowlist: {}", problem);
    }
    return take_host_names(engine);
}

// What is stored of a name that the configuration has no longer is forgotten: should it come back,
// somebody else may have its addresses.
Status Daemon::take_host_names(Engine& engine)
{
    const auto known = store_->host_addresses();
    if (!known) return known.error();
    for (const auto& [name, addresses] : *known)
        recorder_->note_addresses(name, {});
    host_names_.set(config_.allow.names, *known);
    for (const ResolvedName& name : host_names_.names()) {
        engine.set_allowed(AllowOrigin::host_name, name.name(), allowed_by(name));
        recorder_->note_addresses(name.name(), name.addresses());
    }
    return Done{};
}

void Daemon::take_host_name(const ResolvedName& name)
{
    const auto problem = name.problem(engine_->zone());
    if (problem.empty()) {
        spdlog::info("allowlist: {} has {}", name.name(),
                     plural(name.addresses().size(), "address", "addresses"));
    } else {
        spdlog::warn("allowlist: {}", problem);
    }
    engine_->set_allowed(AllowOrigin::host_name, name.name(), allowed_by(name));
    recorder_->note_addresses(name.name(), name.addresses());
    tell_of_trust();
}

void Daemon::take_allow_file(const AllowedFile& file)
{
    spdlog::info("allowlist {}: {}", file.path, plural(file.entries.size(), "prefix", "prefixes"));
    for (const auto& problem : file.problems)
        spdlog::warn("allowlist: {}", problem);
    engine_->set_allowed(AllowOrigin::file, file.path, file.entries);
    tell_of_trust();
}

// Whoever has come to be trusted is let in at once.
void Daemon::tell_of_trust()
{
    perform(engine_->advance(system_now(), kMostEnds));
    commit();
}

std::vector<std::string> Daemon::allow_warnings() const
{
    std::vector<std::string> warnings;
    for (const AllowedFile& file : allow_files_.files()) {
        const auto shown = std::min(file.problems.size(), kMostProblems);
        for (std::size_t at = 0; at < shown; ++at)
            warnings.push_back("allowlist: " + file.problems[at]);
        if (file.problems.size() > shown) {
            warnings.push_back("allowlist: " + file.path + ": " +
                               plural(file.problems.size() - shown, "more error", "more errors"));
        }
    }
    for (const ResolvedName& name : host_names_.names())
        if (!name.problem(engine_->zone()).empty())
            warnings.push_back("allowlist: " + name.problem(engine_->zone()));
    for (const Allowed& entry : engine_->allowlist().too_wide(kMostProblems)) {
        warnings.push_back(to_string(entry, engine_->zone()) + ": " + entry.prefix.to_string() +
                           " covers nearly all addresses, so mailban can ban hardly anybody; use a "
                           "narrower prefix");
    }
    return warnings;
}

std::string Daemon::answer_allow(const Request& request)
{
    const Timestamp now = system_now();
    perform(engine_->advance(now, kMostEnds));
    const bool allows = request.verb == Verb::allow;
    const Prefix& prefix = request.prefix;
    const auto& length = request.length;
    const auto effects =
        allows ? engine_->allow(prefix, length, request.reason, now, kMostEnds, request.asker)
               : engine_->disallow(prefix, request.asker);
    if (!effects) return reply_failed(effects.error().message);
    perform(*effects);
    commit();
    const auto unbanned = ended_bans(*effects);
    std::string message = (allows ? "allowed " : "no longer allowed: ") + prefix.to_string();
    if (allows && length) message += " " + until_text(now + *length, engine_->zone());
    message += unbanned_text(unbanned);
    if (unbanned.size() >= kMostEnds)
        message += " now; the other bans that it covers end within seconds";
    const auto other = allows ? std::nullopt : engine_->trusted_as(prefix);
    if (other) message += "; it is still on the allowlist: " + *other;
    return reply_done(message, unbanned);
}

// Files and names are told with the first page.
std::string Daemon::answer_allowed(const PageOf& wanted) const
{
    auto page = page_of(engine_->allowlist(), wanted);
    if (!page) return reply_failed(page.error().message);
    AllowedReport report;
    report.entries = std::move(page->rows);
    report.next = std::move(page->next);
    if (!wanted.after.empty()) return reply_with(report);
    for (const AllowedFile& file : allow_files_.files())
        report.files.push_back({file.path, file.entries.size(), file.problems});
    for (const ResolvedName& name : host_names_.names()) {
        auto& shown = report.names.emplace_back();
        shown.name = name.name();
        for (const IpAddress& address : name.addresses())
            shown.addresses.push_back(address.to_string());
        shown.problem = name.problem(engine_->zone());
    }
    return reply_with(report);
}

}  // namespace mailban::io
