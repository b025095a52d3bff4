#include "io/daemon/sources.h"

#include "io/daemon/glance.h"
#include "io/daemon/system.h"
#include "io/source/log_glob.h"
#include "mailban/envelope/line_time.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

bool is_absent(const std::string& path)
{
    return path.starts_with('/') && ::faccessat(AT_FDCWD, path.c_str(), F_OK, AT_EACCESS) != 0 &&
           errno == ENOENT;
}

// A log is called silent after ten times its longest pause so far, but not before this.
constexpr Duration kShortestSilence = std::chrono::minutes(15);
constexpr int kSilenceFactor = 10;

// "cannot open /var/log/maillog: No such file or directory"
bool is_absence(const std::string& problem)
{
    return problem.ends_with(std::generic_category().message(ENOENT)) ||
           problem.ends_with(std::generic_category().message(ENOTDIR));
}

}  // namespace

struct Sources::Log {
    using Tail = std::variant<std::unique_ptr<FileTail>, std::unique_ptr<JournalTail>>;

    Log(std::uint32_t log_number, std::string log_name, const SourceConfig& config, Zone zone)
        : number(log_number),
          name(std::move(log_name)),
          found(config.found),
          parser(config.parser, std::move(zone), config.patterns, config.assured, random_seed())
    {
    }

    TailStatus status() const
    {
        return std::visit([](const auto& one) { return one->status(); }, tail);
    }
    void stop() const
    {
        std::visit([](const auto& one) { one->stop(); }, tail);
    }

    std::uint32_t number;
    std::string name;
    bool found;
    LogParser parser;
    Tail tail{};
    std::uint64_t events = 0;
    std::uint64_t known = 0;
    std::function<Glance()> look_back{};  // at what is there already
    bool had_known = false;
    bool is_new = false;
    std::optional<Timestamp> last_line{};
    std::optional<Timestamp> last_event{};
    std::optional<Duration> lag{};
    Duration longest_pause{};
    bool is_running = false;
    bool was_gone = false;  // when was looked for it last
};

namespace {

// What a parser makes of a line that was read now, and of an entry, which has a time of its own.
std::optional<Event> parse(LogParser& parser, std::string_view line, Freshness freshness,
                           Timestamp now)
{
    return freshness == Freshness::live ? parser.parse_live(line, now) : parser.parse(line, now);
}

std::optional<Event> parse(LogParser& parser, const LogMessage& entry, Freshness, Timestamp)
{
    return parser.parse(entry);
}

}  // namespace

Sources::Sources(asio::io_context& context, const std::vector<SourceConfig>& configs,
                 std::map<std::string, SourcePosition> positions, Timestamp since, SourcesSink sink)
    : context_(context),
      configs_(configs.begin(), configs.end()),
      positions_(std::move(positions)),
      since_(since),
      sink_(std::move(sink)),
      zone_(local_zone(system_now())),
      watcher_(context)
{
}

Sources::~Sources() = default;

std::uint32_t Sources::number_of(const std::string& log)
{
    const auto found = std::find(names_.begin(), names_.end(), log);
    if (found == names_.end()) {
        names_.push_back(log);
        return static_cast<std::uint32_t>(names_.size() - 1);
    }
    return static_cast<std::uint32_t>(found - names_.begin());
}

void Sources::start()
{
    for (const auto& config : configs_)
        follow_source(config);
}

void Sources::follow_source(const SourceConfig& config)
{
    if (config.file.empty()) {
        follow_journal(config);
    } else {
        find_files(config);
    }
}

void Sources::find_files(const SourceConfig& config)
{
    if (config.found && !is_glob(config.file)) return follow(config.file, config);
    auto found = [this, &config](const std::string& file) { follow(file, config); };
    globs_.push_back(std::make_unique<LogGlob>(watcher_, config.file, std::move(found)));
    LogGlob& glob = *globs_.back();
    // At once, so that all logs are known when the daemon says that it is ready.
    glob.find_new();
    if (is_glob(config.file)) spawn(glob.run());
}

void Sources::stop()
{
    stopped_ = true;
    for (const auto& log : logs_)
        log->stop();
    for (const auto& glob : globs_)
        glob->stop();
}

void Sources::spawn(asio::awaitable<void> work)
{
    ++running_;
    asio::co_spawn(context_, std::move(work), [this](const std::exception_ptr& failure) {
        --running_;
        kOrEnd(failure);
    });
}

void Sources::spawn_tail(Log& log, asio::awaitable<void> work)
{
    ++running_;
    log.is_running = true;
    asio::co_spawn(context_, std::move(work), [this, &log](const std::exception_ptr& failure) {
        --running_;
        log.is_running = false;
        kOrEnd(failure);
    });
}

bool Sources::has_log(const std::string& name) const
{
    const auto same = [&](const auto& log) { return log->name == name; };
    return std::any_of(logs_.begin(), logs_.end(), same);
}

Sources::Log& Sources::add_log(const std::string& name, const SourceConfig& config)
{
    logs_.push_back(std::make_unique<Log>(number_of(name), name, config, zone_));
    return *logs_.back();
}

// Where an earlier run stopped reading.
template <class Position>
std::optional<Position> Sources::position_of(const std::string& log) const
{
    const auto known = positions_.find(log);
    if (known == positions_.end()) return std::nullopt;
    const auto* position = std::get_if<Position>(&known->second);
    return position != nullptr ? std::optional(*position) : std::nullopt;
}

void Sources::tell_progress(const Log& log, const SourcePosition& position)
{
    if (stopped_) return;
    // It may be given up and found again.
    if (log.found) positions_.insert_or_assign(log.name, position);
    sink_.on_progress(log.name, position);
}

void Sources::follow(const std::string& file, const SourceConfig& config)
{
    if (has_log(file)) return;
    Log& log = add_log(file, config);
    log.look_back = [file, config] { return glance_at_file(file, config); };
    TailSink sink;
    sink.on_line = [this, &log](std::string_view line, Freshness freshness) {
        take(log, line, freshness);
    };
    sink.on_progress = [this, &log](const LogPosition& position) { tell_progress(log, position); };
    TailStart start;
    start.position = position_of<LogPosition>(file);
    start.since = since_;
    start.stamp_of = [this](std::string_view line) { return line_time(line, zone_, system_now()); };
    auto tail = std::make_unique<FileTail>(watcher_, file, std::move(start), std::move(sink));
    FileTail& running = *tail;
    log.tail = std::move(tail);
    spawn_tail(log, running.run());
}

// Each unit and identifier is a log with a place of its own, so that one more of them in the
// configuration does not change where the others are read on.
void Sources::follow_journal(const SourceConfig& config)
{
    for (JournalMatch& match : journal_matches(config)) {
        // Two ways to write one unit.
        if (has_log(journal_name(config.directory, match))) continue;
        JournalSelection selection{config.directory, std::move(match), {}};
        // An entry that several would take is the first one's.
        for (const auto& earlier : journals_) {
            if (earlier.directory == selection.directory) selection.others.push_back(earlier.match);
        }
        journals_.push_back(selection);
        follow_entries(std::move(selection), config);
    }
}

void Sources::follow_entries(JournalSelection selection, const SourceConfig& config)
{
    Log& log = add_log(journal_name(selection.directory, selection.match), config);
    log.look_back = [match = selection.match, config] { return glance_at_journal(match, config); };
    JournalSink sink;
    sink.on_entry = [this, &log](const LogMessage& entry, Freshness freshness) {
        take(log, entry, freshness);
    };
    sink.on_progress = [this, &log](const JournalPosition& position) {
        tell_progress(log, position);
    };
    JournalStart start{position_of<JournalPosition>(log.name), since_};
    auto tail = std::make_unique<JournalTail>(context_, std::move(selection), std::move(start),
                                              std::move(sink));
    JournalTail& running = *tail;
    log.tail = std::move(tail);
    spawn_tail(log, running.run());
}

template <class Text>
void Sources::take(Log& log, const Text& text, Freshness freshness)
{
    if (stopped_) return;
    const Timestamp now = system_now();
    const bool live = freshness == Freshness::live;
    if (live && log.last_line) {
        log.longest_pause = std::max(log.longest_pause, now - *log.last_line);
    }
    log.last_line = now;
    auto event = parse(log.parser, text, freshness, now);
    if (log.parser.last_writer()) ++log.known;
    if (!event) return;
    ++log.events;
    log.last_event = now;
    if (live) log.lag = now - event->time;
    sink_.on_event(std::move(*event), log.number, live ? Arrival::live : Arrival::backlog, now);
}

std::vector<std::string> Sources::follow_found(const std::vector<SourceConfig>& found)
{
    const std::size_t before = logs_.size();
    for (const auto& config : found) {
        if (std::find(configs_.begin(), configs_.end(), config) != configs_.end()) continue;
        configs_.push_back(config);
        follow_source(configs_.back());
    }
    std::vector<std::string> names;
    for (std::size_t at = before; at < logs_.size(); ++at)
        names.push_back(logs_[at]->name);
    give_up_gone(found);
    return names;
}

// A log that was rotated or whose server is being replaced is back soon.
void Sources::give_up_gone(const std::vector<SourceConfig>& found)
{
    std::erase_if(given_up_, [](const auto& log) { return !log->is_running; });
    const auto is_gone = [&](const Log& log) {
        const auto names_it = [&](const SourceConfig& one) { return one.file == log.name; };
        return log.found && log.name.starts_with('/') && !log.status().present &&
               std::none_of(found.begin(), found.end(), names_it);
    };
    for (auto& log : logs_) {
        const bool was_gone = std::exchange(log->was_gone, is_gone(*log));
        if (!was_gone || !log->was_gone) continue;
        std::erase_if(configs_, [&](const auto& config) { return config.file == log->name; });
        log->stop();
        given_up_.push_back(std::move(log));
    }
    std::erase(logs_, nullptr);
}

std::vector<SourceReport> Sources::reports() const
{
    std::vector<SourceReport> reports;
    for (const auto& log : logs_) {
        const TailStatus tail = log->status();
        SourceReport report;
        report.file = log->name;
        report.found = log->found;
        report.present = tail.present;
        report.bytes_behind = tail.behind;
        report.caught_up = tail.caught_up;
        report.lines = tail.lines;
        report.events = log->events;
        report.known = log->known;
        report.had_known = log->had_known;
        report.is_new = log->is_new;
        report.oversized = tail.oversized;
        report.rotations = tail.rotations;
        report.last_line = log->last_line;
        report.last_event = log->last_event;
        report.lag = log->lag;
        // That a found log is absent for a while is no news.
        if (!log->found || tail.present || !is_absent(log->name)) report.problem = tail.problem;
        report.is_unreadable = !tail.present && !tail.problem.empty() && !is_absence(tail.problem);
        report.note = tail.note;
        report.concerns = log->parser.concerns().entries();
        reports.push_back(std::move(report));
    }
    report_unmatched(reports);
    return reports;
}

// A pattern without a log is nowhere else.
void Sources::report_unmatched(std::vector<SourceReport>& reports) const
{
    for (const auto& glob : globs_) {
        if (!is_glob(glob->pattern()) || glob->has_log()) continue;
        SourceReport report;
        report.file = glob->pattern();
        report.is_pattern = true;
        report.caught_up = true;
        reports.push_back(std::move(report));
    }
}

void Sources::look_back(std::size_t most)
{
    const auto shows_mail = [](const auto& log) { return log->known > 0 || log->had_known; };
    if (std::any_of(logs_.begin(), logs_.end(), shows_mail)) return;
    for (const auto& log : logs_) {
        if (most == 0) return;
        --most;
        const Glance glance = log->look_back();
        log->had_known = glance.known > 0;
        log->is_new = glance.is_new;
        if (log->had_known) return;
    }
}

std::vector<std::string> Sources::silent(Timestamp now) const
{
    std::vector<std::string> silent;
    for (const auto& log : logs_) {
        if (!log->last_line || log->longest_pause.count() == 0) continue;
        const Duration pause = now - *log->last_line;
        if (pause < std::max(kShortestSilence, kSilenceFactor * log->longest_pause)) continue;
        silent.push_back(log->name + ": no line for " + format_duration(pause) +
                         "; it never paused longer than " + format_duration(log->longest_pause));
    }
    return silent;
}

}  // namespace mailban::io
