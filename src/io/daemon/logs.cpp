#include "io/daemon/logs.h"

#include "io/daemon/system.h"
#include "io/discover/search.h"
#include "mailban/words.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

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

Logs::Logs(asio::io_context& context, SourceNames& names, Intake& intake, State& state,
           const Config& config)
    : context_(context),
      names_(names),
      intake_(intake),
      state_(state),
      config_(config),
      timer_(context)
{
}

SourcesSink Logs::sink() const
{
    SourcesSink sink;
    sink.on_event = [this](Event event, SourceId source, Arrival arrival, Timestamp at) {
        intake_.take(std::move(event), source, arrival, at);
    };
    sink.on_progress = [this](const std::string& source, const SourcePosition& position) {
        state_.recorder().note_position(source, position);
        state_.commit_if_due();
    };
    sink.on_rest = [this](const std::string& source, const LogPosition& position) {
        state_.recorder().note_position(source, position);
    };
    sink.on_clock = [this](const std::string& source, const std::optional<LearnedClock>& learned) {
        state_.recorder().note_clock(source, learned);
    };
    return sink;
}

Result<std::unique_ptr<Sources>> Logs::make(const Config& config, const Found& found) const
{
    auto positions = state_.store()->positions();
    if (!positions) return positions.error();
    auto clocks = state_.store()->clocks();
    if (!clocks) return clocks.error();
    SourcesPast past{std::move(*positions), std::move(*clocks), {}};
    if (sources_)
        for (auto& report : sources_->reports())
            past.reports.emplace(report.file, report);
    return std::make_unique<Sources>(context_, names_, all_sources(config, found), std::move(past),
                                     system_now() - longest_window(config), sink());
}

Status Logs::prepare()
{
    found_ = config_.discover ? discover() : Found();
    auto made = make(config_, found_);
    if (!made) return made.error();
    sources_ = std::move(*made);
    return Done{};
}

Result<Logs::Readied> Logs::ready(const Config& next, Found found)
{
    Readied readied;
    readied.found = std::move(found);
    const bool is_same = next.sources == config_.sources && next.discover == config_.discover;
    if (is_same) return readied;
    auto made = make(next, readied.found);
    if (!made) return made.error();
    readied.sources = std::move(*made);
    return readied;
}

void Logs::change_to(Readied readied)
{
    if (!readied.sources) {
        if (config_.discover) take_found(std::move(readied.found));
        sources_->look_after(system_now());
        return;
    }
    found_ = std::move(readied.found);
    sources_->stop();
    retired_.push_back(std::exchange(sources_, std::move(readied.sources)));
    sources_->start();
}

void Logs::stop()
{
    is_stopped_ = true;
    timer_.cancel();
    if (sources_) sources_->stop();
}

void Logs::look_after(Timestamp now)
{
    std::erase_if(retired_, [](const auto& sources) { return sources->idle(); });
    sources_->look_after(now);
}

asio::awaitable<void> Logs::keep_discovering()
{
    while (!is_stopped_) {
        timer_.expires_after(kLookAgain);
        co_await timer_.async_wait(kNoThrow);
        if (is_stopped_) co_return;
        if (!config_.discover) continue;
        auto found = co_await search();
        if (!is_stopped_ && config_.discover) take_found(std::move(found));
    }
}

asio::awaitable<Found> Logs::search() const
{
    Search search{DiscoverOptions()};
    while (search.step() && !is_stopped_)
        co_await asio::post(context_, asio::use_awaitable);
    co_return search.take();
}

void Logs::take_found(Found found)
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

void Logs::report_found(const std::string& config_path) const
{
    if (!config_.discover) return;
    const auto sources = found_ones(config_, found_);
    std::vector<std::string> names;
    names.reserve(sources.size());
    for (const auto& source : sources)
        names.push_back(name_of_found(source));
    if (!names.empty()) spdlog::info("found {}", joined(names));
    if (names.empty() && config_.sources.empty())
        spdlog::warn(
            "found no mail log on this machine; mailban can ban nobody until there is one, or "
            "until 'sources' in {} names one",
            config_path);
    warn_of_closed(sources);
    for (const auto& remark : found_.remarks)
        spdlog::info("{}", remark);
}

}  // namespace mailban::io
