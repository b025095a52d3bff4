#include "io/allow/host_names.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);

}  // namespace

HostNames::HostNames(asio::io_context& context, OnChange on_change,
                     std::function<Timestamp()> clock, ResolverOptions options, ResolvePace pace)
    : resolver_(
          context,
          [this](const std::string& name, const NameAnswer& answer) { take(name, answer); },
          std::move(options)),
      on_change_(std::move(on_change)),
      clock_(std::move(clock)),
      pace_(pace)
{
}

void HostNames::set(const std::vector<std::string>& names, const KnownAddresses& known)
{
    std::vector<Name> next;
    for (const auto& name : names) {
        const auto is_it = [&](const Name& one) { return one.resolved.name() == name; };
        if (std::ranges::any_of(next, is_it)) continue;
        const auto before = std::ranges::find_if(names_, is_it);
        if (before != names_.end()) {
            next.push_back(*before);
            continue;
        }
        next.push_back({ResolvedName(name, pace_), Clock::now(), false});
        const auto kept = known.find(name);
        if (kept != known.end()) next.back().resolved.restore(kept->second);
    }
    names_ = std::move(next);
    resolver_.interrupt();
}

asio::awaitable<void> HostNames::run()
{
    while (!is_stopped_) {
        const auto limit = ask_what_is_due();
        co_await resolver_.wait(limit);
    }
}

// Until the next one is due.
std::chrono::milliseconds HostNames::ask_what_is_due()
{
    const auto now = Clock::now();
    auto next = now + kLongestWait;
    for (Name& name : names_) {
        if (name.is_asked) continue;
        if (name.due <= now) {
            name.is_asked = true;
            resolver_.ask(name.resolved.name());
        } else {
            next = std::min(next, name.due);
        }
    }
    return std::chrono::ceil<std::chrono::milliseconds>(next - now);
}

void HostNames::take(const std::string& name, const NameAnswer& answer)
{
    const auto found =
        std::ranges::find_if(names_, [&](const Name& one) { return one.resolved.name() == name; });
    if (found == names_.end()) return;
    ResolvedName& resolved = found->resolved;
    const bool was_well = resolved.problem().empty();
    const bool is_changed = resolved.take(answer, clock_());
    found->is_asked = false;
    found->due = Clock::now() + resolved.pause();
    const bool is_well = resolved.problem().empty();
    if (is_changed || was_well != is_well) on_change_(ResolvedName(resolved));
}

void HostNames::stop()
{
    is_stopped_ = true;
    resolver_.interrupt();
}

std::vector<ResolvedName> HostNames::names() const
{
    std::vector<ResolvedName> all;
    all.reserve(names_.size());
    for (const Name& name : names_)
        all.push_back(name.resolved);
    return all;
}

std::vector<Allowed> allowed_by(const ResolvedName& name)
{
    std::vector<Allowed> entries;
    for (const IpAddress& address : name.addresses()) {
        Allowed& entry = entries.emplace_back();
        entry.prefix = Prefix::host(address);
        entry.origin = AllowOrigin::host_name;
        entry.source = name.name();
    }
    return entries;
}

}  // namespace mailban::io
