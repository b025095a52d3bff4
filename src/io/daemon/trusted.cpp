#include "io/daemon/trusted.h"

#include "io/allow/containers.h"
#include "io/allow/gateways.h"
#include "io/daemon/system.h"
#include "mailban/plural.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace mailban::io {

namespace {

// Of one file in `mailban status`; the log has them all.
constexpr std::size_t kMostProblems = 5;

}  // namespace

Trusted::Trusted(asio::io_context& context, Intake& intake, State& state)
    : context_(context),
      intake_(intake),
      state_(state),
      files_(context, [this](const AllowedFile& file) { take_file(file); }),
      names_(
          context, [this](const ResolvedName& name) { take_name(name); }, system_now)
{
}

void Trusted::start()
{
    asio::co_spawn(context_, files_.run(), kOrEnd);
    asio::co_spawn(context_, names_.run(), kOrEnd);
}

void Trusted::stop()
{
    files_.stop();
    names_.stop();
}

void Trusted::look_at_machine()
{
    Engine& engine = intake_.engine();
    engine.set_own_addresses(own_addresses());
    engine.set_gateways(default_gateways());
    engine.set_container_networks(container_networks());
}

Status Trusted::configure(const AllowConfig& config)
{
    look_at_machine();
    Engine& engine = intake_.engine();
    for (const AllowedFile& file : files_.files())
        if (std::ranges::find(config.files, file.path) == config.files.end())
            engine.set_allowed(AllowOrigin::file, file.path, {});
    files_.set(config.files);
    for (const AllowedFile& file : files_.files()) {
        engine.set_allowed(AllowOrigin::file, file.path, file.entries);
        for (const auto& problem : file.problems)
            spdlog::warn("allowlist: {}", problem);
    }
    return configure_names(config.names);
}

// What is stored of a name that the configuration has no longer is forgotten: should it come back,
// somebody else may have its addresses.
Status Trusted::configure_names(const std::vector<std::string>& names)
{
    const auto known = state_.store()->host_addresses();
    if (!known) return known.error();
    Engine& engine = intake_.engine();
    for (const auto& [name, addresses] : *known)
        state_.recorder().note_addresses(name, {});
    for (const ResolvedName& name : names_.names())
        if (std::ranges::find(names, name.name()) == names.end())
            engine.set_allowed(AllowOrigin::host_name, name.name(), {});
    names_.set(names, *known);
    for (const ResolvedName& name : names_.names())
        engine.set_allowed(AllowOrigin::host_name, name.name(), allowed_by(name));
    note_names(state_.recorder());
    return Done{};
}

void Trusted::note_names(Recorder& recorder) const
{
    for (const ResolvedName& name : names_.names())
        recorder.note_addresses(name.name(), name.addresses());
}

void Trusted::take_name(const ResolvedName& name)
{
    const auto problem = name.problem(intake_.engine().zone());
    if (problem.empty()) {
        spdlog::info("allowlist: {} has {}", name.name(),
                     plural(name.addresses().size(), "address", "addresses"));
    } else {
        spdlog::warn("allowlist: {}", problem);
    }
    intake_.engine().set_allowed(AllowOrigin::host_name, name.name(), allowed_by(name));
    state_.recorder().note_addresses(name.name(), name.addresses());
    let_in();
}

void Trusted::take_file(const AllowedFile& file)
{
    spdlog::info("allowlist {}: {}", file.path, plural(file.entries.size(), "prefix", "prefixes"));
    for (const auto& problem : file.problems)
        spdlog::warn("allowlist: {}", problem);
    intake_.engine().set_allowed(AllowOrigin::file, file.path, file.entries);
    let_in();
}

// Whoever has come to be trusted is let in at once.
void Trusted::let_in()
{
    intake_.advance(system_now());
    state_.commit();
}

std::vector<std::string> Trusted::warnings() const
{
    std::vector<std::string> warnings;
    for (const AllowedFile& file : files_.files()) {
        const auto shown = std::min(file.problems.size(), kMostProblems);
        for (std::size_t at = 0; at < shown; ++at)
            warnings.push_back("allowlist: " + file.problems[at]);
        if (file.problems.size() > shown) {
            warnings.push_back("allowlist: " + file.path + ": " +
                               plural(file.problems.size() - shown, "more error", "more errors"));
        }
    }
    const Zone& zone = intake_.engine().zone();
    for (const ResolvedName& name : names_.names())
        if (!name.problem(zone).empty()) warnings.push_back("allowlist: " + name.problem(zone));
    for (const Allowed& entry : intake_.engine().allowlist().too_wide(kMostProblems)) {
        warnings.push_back(to_string(entry, zone) + ": " + entry.prefix.to_string() +
                           " covers nearly all addresses, so mailban can ban hardly anybody; use a "
                           "narrower prefix");
    }
    return warnings;
}

void Trusted::add_to(AllowedReport& report) const
{
    for (const AllowedFile& file : files_.files())
        report.files.push_back({file.path, file.entries.size(), file.problems});
    for (const ResolvedName& name : names_.names()) {
        auto& shown = report.names.emplace_back();
        shown.name = name.name();
        for (const IpAddress& address : name.addresses())
            shown.addresses.push_back(address.to_string());
        shown.problem = name.problem(intake_.engine().zone());
    }
}

}  // namespace mailban::io
