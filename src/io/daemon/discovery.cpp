#include "mailban/words.h"

// How the daemon keeps up with what logs its machine has: `sources: auto`.
#include "io/daemon/daemon.h"
#include "io/discover/search.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace mailban::io {

namespace {

constexpr auto kLookAgain = std::chrono::minutes(1);

std::vector<SourceConfig> found_ones(const Config& config, const Found& found)
{
    auto all = all_sources(config, found);
    std::erase_if(all, [](const SourceConfig& source) { return !source.found; });
    return all;
}

void warn_of_closed(const std::vector<SourceConfig>& sources)
{
    for (const auto& source : sources) {
        if (source.file.empty()) continue;
        const auto why = why_unreadable(source.file);
        if (!why.empty()) spdlog::warn("{} cannot be read: {}", source.file, why);
    }
}

}  // namespace

asio::awaitable<void> Daemon::keep_discovering()
{
    while (!stopping_) {
        discovery_timer_.expires_after(kLookAgain);
        co_await discovery_timer_.async_wait(kNoThrow);
        if (stopping_) co_return;
        if (!config_.discover) continue;
        Search search{DiscoverOptions()};
        while (search.step() && !stopping_)
            co_await asio::post(context_, asio::use_awaitable);
        if (!stopping_ && config_.discover) take_found(search.take());
    }
}

void Daemon::take_found(Found found)
{
    found_ = std::move(found);
    const auto sources = found_ones(config_, found_);
    const auto names = sources_->follow_found(sources);
    if (names.empty()) return;
    spdlog::info("found {}", joined(names));
    std::vector<SourceConfig> fresh;
    std::copy_if(sources.begin(), sources.end(), std::back_inserter(fresh), [&](const auto& one) {
        return std::find(names.begin(), names.end(), one.file) != names.end();
    });
    warn_of_closed(fresh);
}

void Daemon::tell_of_found() const
{
    if (!config_.discover) return;
    const auto sources = found_ones(config_, found_);
    std::vector<std::string> names;
    for (const auto& source : sources)
        names.push_back(name_of_found(source));
    if (!names.empty()) spdlog::info("found {}", joined(names));
    if (names.empty() && config_.sources.empty())
        spdlog::warn(
            "found no mail log on this machine; mailban can ban nobody until there is one, or "
            "until 'sources' in {} names one",
            options_.config_path);
    warn_of_closed(sources);
    for (const auto& remark : found_.remarks)
        spdlog::info("{}", remark);
}

}  // namespace mailban::io
