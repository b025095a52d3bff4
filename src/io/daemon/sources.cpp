#include "io/daemon/sources.h"

#include "io/daemon/system.h"
#include "io/source/log_glob.h"
#include "mailban/parse/line_time.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

// A log is called silent after ten times its longest pause so far, but not before this.
constexpr Duration kShortestSilence = std::chrono::minutes(15);
constexpr int kSilenceFactor = 10;

}  // namespace

struct Sources::Log {
    Log(std::uint32_t log_number, MailServers servers, Zone zone)
        : number(log_number), parser(servers, std::move(zone))
    {
    }

    std::uint32_t number;
    LogParser parser;
    std::unique_ptr<FileTail> tail{};
    std::uint64_t events = 0;
    std::optional<Timestamp> last_line{};
    std::optional<Timestamp> last_event{};
    std::optional<Duration> lag{};
    Duration longest_pause{};
};

Sources::Sources(asio::io_context& context, const std::vector<SourceConfig>& configs,
                 std::map<std::string, LogPosition> positions, Timestamp since, SourcesSink sink)
    : context_(context),
      configs_(configs),
      positions_(std::move(positions)),
      since_(since),
      sink_(std::move(sink)),
      zone_(local_zone(system_now())),
      watcher_(context)
{
}

Sources::~Sources() = default;

std::uint32_t Sources::number_of(const std::string& file)
{
    const auto found = std::find(names_.begin(), names_.end(), file);
    if (found == names_.end()) {
        names_.push_back(file);
        return static_cast<std::uint32_t>(names_.size() - 1);
    }
    return static_cast<std::uint32_t>(found - names_.begin());
}

void Sources::start()
{
    for (const auto& config : configs_) {
        const MailServers parser = config.parser;
        auto found = [this, parser](const std::string& file) { follow(file, parser); };
        globs_.push_back(std::make_unique<LogGlob>(watcher_, config.file, std::move(found)));
        LogGlob& glob = *globs_.back();
        // At once, so that all logs are known when the daemon says that it is ready.
        glob.find_new();
        if (is_glob(config.file)) spawn(glob.run());
    }
}

void Sources::stop()
{
    stopped_ = true;
    for (const auto& log : logs_)
        log->tail->stop();
    for (const auto& glob : globs_)
        glob->stop();
}

void Sources::spawn(asio::awaitable<void> work)
{
    ++running_;
    asio::co_spawn(context_, std::move(work), [this](const std::exception_ptr&) { --running_; });
}

void Sources::follow(const std::string& file, MailServers parser)
{
    const auto same = [&](const auto& log) { return log->tail->path() == file; };
    if (std::any_of(logs_.begin(), logs_.end(), same)) return;
    auto log = std::make_unique<Log>(number_of(file), parser, zone_);
    Log& place = *log;
    TailSink sink;
    sink.on_line = [this, &place](std::string_view line, Freshness freshness) {
        if (!stopped_) take_line(place, line, freshness);
    };
    sink.on_progress = [this, file](const LogPosition& position) {
        if (!stopped_) sink_.on_progress(file, position);
    };
    TailStart start;
    if (const auto known = positions_.find(file); known != positions_.end()) {
        start.position = known->second;
    }
    start.since = since_;
    start.stamp_of = [this](std::string_view line) { return line_time(line, zone_, system_now()); };
    log->tail = std::make_unique<FileTail>(watcher_, file, std::move(start), std::move(sink));
    logs_.push_back(std::move(log));
    spawn(place.tail->run());
}

void Sources::take_line(Log& log, std::string_view line, Freshness freshness)
{
    const Timestamp now = system_now();
    const bool live = freshness == Freshness::live;
    if (live && log.last_line) {
        log.longest_pause = std::max(log.longest_pause, now - *log.last_line);
    }
    log.last_line = now;
    auto event = log.parser.parse(line, now);
    if (!event) return;
    ++log.events;
    log.last_event = now;
    if (live) log.lag = now - event->time;
    sink_.on_event(std::move(*event), log.number, live ? Arrival::live : Arrival::backlog, now);
}

std::vector<SourceReport> Sources::reports() const
{
    std::vector<SourceReport> reports;
    for (const auto& log : logs_) {
        const TailStatus tail = log->tail->status();
        SourceReport report;
        report.file = log->tail->path();
        report.present = tail.present;
        report.bytes_behind = tail.behind;
        report.caught_up = tail.caught_up;
        report.lines = tail.lines;
        report.events = log->events;
        report.oversized = tail.oversized;
        report.rotations = tail.rotations;
        report.last_line = log->last_line;
        report.last_event = log->last_event;
        report.lag = log->lag;
        report.problem = tail.problem;
        report.note = tail.note;
        reports.push_back(std::move(report));
    }
    return reports;
}

std::vector<std::string> Sources::silent(Timestamp now) const
{
    std::vector<std::string> silent;
    for (const auto& log : logs_) {
        if (!log->last_line || log->longest_pause.count() == 0) continue;
        const Duration pause = now - *log->last_line;
        if (pause < std::max(kShortestSilence, kSilenceFactor * log->longest_pause)) continue;
        silent.push_back(log->tail->path() + ": no line for " + format_duration(pause) +
                         "; it never paused longer than " + format_duration(log->longest_pause));
    }
    return silent;
}

}  // namespace mailban::io
