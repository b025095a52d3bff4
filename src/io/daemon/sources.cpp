#include "io/daemon/sources.h"

#include "io/daemon/source_log.h"
#include "io/daemon/zones.h"
#include "mailban/rotation/suffix.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

// "cannot open /var/log/maillog: No such file or directory"
bool is_absence(const std::string& problem)
{
    return problem.ends_with(std::generic_category().message(ENOENT)) ||
           problem.ends_with(std::generic_category().message(ENOTDIR));
}

// A log is called silent after ten times its longest pause so far, but not before this.
constexpr Duration kShortestSilence = std::chrono::minutes(15);
constexpr int kSilenceFactor = 10;

// How often a stamp is read of a line that is no event: its clock is to be followed, too.
constexpr Duration kBetweenStamps = std::chrono::seconds(1);

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

Sources::Sources(asio::io_context& context, SourceNames& names,
                 const std::vector<SourceConfig>& configs, SourcesPast past, Timestamp since,
                 SourcesSink sink)
    : context_(context),
      names_(names),
      configs_(configs.begin(), configs.end()),
      past_(std::move(past)),
      since_(since),
      sink_(std::move(sink)),
      zone_(local_zone(system_now())),
      watcher_(context)
{
    for (const auto& [log, position] : past_.positions) {
        const auto* const files = std::get_if<LogPosition>(&position);
        if (files == nullptr) continue;
        for (const auto& file : files->files)
            read_before_.emplace(FileId{file.device, file.inode}, log);
    }
}

Sources::~Sources() = default;

void Sources::start()
{
    for (const auto& config : configs_)
        follow_source(config);
    spawn(note_resting());
}

void Sources::follow_source(const SourceConfig& config)
{
    if (config.file.empty()) {
        follow_journal(config);
    } else {
        find_files(config);
    }
}

void Sources::stop()
{
    stopped_ = true;
    const auto stop_tail = [](const auto& tail) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(tail)>, std::monostate>) tail->stop();
    };
    for (const auto& log : logs_)
        std::visit(stop_tail, log->tail);
    for (const auto& pattern : patterns_)
        pattern->glob->stop();
}

void Sources::spawn(asio::awaitable<void> work, std::function<void()> on_end)
{
    ++running_;
    auto end = [this, on_end = std::move(on_end)](const std::exception_ptr& failure) {
        --running_;
        if (on_end) on_end();
        kOrEnd(failure);
    };
    asio::co_spawn(context_, std::move(work), std::move(end));
}

Sources::Log* Sources::find_log(const std::string& name) const
{
    const auto found = log_by_name_.find(name);
    return found == log_by_name_.end() ? nullptr : found->second;
}

Sources::Log& Sources::add_log(const std::string& name, const SourceConfig& config)
{
    logs_.push_back(
        std::make_unique<Log>(names_.id_of(name), name, config, clock_for(name, config)));
    log_by_name_.emplace(name, logs_.back().get());
    return *logs_.back();
}

LogZone Sources::clock_for(const std::string& name, const SourceConfig& config) const
{
    if (!config.zone.empty())
        return {zone_of(config, system_now()), LogZone::Origin::configuration};
    const auto learned = past_.clocks.find(name);
    return {zone_, LogZone::Origin::machine,
            learned == past_.clocks.end() ? std::nullopt : std::optional(learned->second)};
}

// Where an earlier run stopped reading.
template <class Position>
std::optional<Position> Sources::position_of(const std::string& log) const
{
    const auto known = past_.positions.find(log);
    if (known == past_.positions.end()) return std::nullopt;
    const auto* position = std::get_if<Position>(&known->second);
    return position != nullptr ? std::optional(*position) : std::nullopt;
}

template std::optional<LogPosition> Sources::position_of(const std::string& log) const;

void Sources::report_progress(const std::string& log, const SourcePosition& position) const
{
    if (!stopped_) sink_.on_progress(log, position);
}

// Each unit and identifier is a log with a place of its own, so that one more of them in the
// configuration does not change where the others are read on.
void Sources::follow_journal(const SourceConfig& config)
{
    for (JournalMatch& match : journal_matches(config)) {
        // Two ways to write one unit.
        if (find_log(journal_name(config.directory, match)) != nullptr) continue;
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
        report_progress(log.name, position);
    };
    JournalStart start{position_of<JournalPosition>(log.name), since_};
    auto tail = std::make_unique<JournalTail>(context_, std::move(selection), std::move(start),
                                              std::move(sink));
    JournalTail& running = *tail;
    log.tail = std::move(tail);
    spawn(running.run());
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
    const bool is_file = std::is_same_v<Text, std::string_view>;
    if (live && is_file) look_at_stamp(log, event, now);
    if (!event) return;
    ++log.events;
    log.last_event = now;
    if (is_file) event->time += live ? log.clock.last_correction() : log.clock.correction();
    if (live) log.lag = now - event->time;
    sink_.on_event(std::move(*event), log.number, live ? Arrival::live : Arrival::backlog, now);
}

template void Sources::take(Log& log, const std::string_view& text, Freshness freshness);

// Of each event, and now and then of another line.
void Sources::look_at_stamp(Log& log, const std::optional<Event>& event, Timestamp now) const
{
    const bool is_due = !log.last_stamp_read || now < *log.last_stamp_read ||
                        now >= *log.last_stamp_read + kBetweenStamps;
    if (!event && !is_due) return;
    const auto stamp = event ? event->time : log.parser.stamp_of_last(now);
    if (stamp) follow_clock(log, *stamp, now);
}

void Sources::follow_clock(Log& log, Timestamp stamp, Timestamp now) const
{
    log.last_stamp_read = now;
    if (!log.clock.note(stamp, now)) return;
    log.parser.set_zone(log.clock.zone());
    if (log.pattern != nullptr) log.pattern->learned = log.clock.learned();
    const auto remark = log.clock.remark();
    if (remark.empty()) {
        spdlog::info("{}: time stamps agree with the clock again", log.name);
    } else {
        spdlog::warn("{}: {}", log.name, remark);
    }
    if (sink_.on_clock) sink_.on_clock(log.name, log.clock.learned());
}

SourceReport Sources::report_of(const Log& log) const
{
    const auto tail = std::visit(
        [](const auto& one) -> TailStatus {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) {
                return {};
            } else {
                return one->status();
            }
        },
        log.tail);
    SourceReport report;
    report.file = log.name;
    report.found = log.config.found;
    report.present = tail.present;
    report.bytes_behind = tail.behind;
    report.caught_up = tail.caught_up;
    report.lines = tail.lines;
    report.events = log.events;
    report.known = log.known;
    report.had_known = log.had_known;
    report.is_new = log.is_new;
    report.oversized = tail.oversized;
    report.rotations = tail.rotations;
    report.last_line = log.last_line;
    report.last_event = log.last_event;
    report.lag = log.lag;
    // That a found log is absent for a while is no news.
    if (!log.config.found || tail.present || !is_absent(log)) report.problem = tail.problem;
    report.is_unreadable = !tail.present && !tail.problem.empty() && !is_absence(tail.problem);
    report.note = tail.note;
    if (const auto remark = log.clock.remark(); !remark.empty())
        report.note += (report.note.empty() ? "" : "; ") + remark;
    report.concerns = log.parser.concerns().entries();
    add_past(report);
    return report;
}

void Sources::add_past(SourceReport& report) const
{
    const auto past = past_.reports.find(report.file);
    if (past == past_.reports.end()) return;
    const SourceReport& before = past->second;
    report.lines += before.lines;
    report.events += before.events;
    report.known += before.known;
    report.oversized += before.oversized;
    report.rotations += before.rotations;
    report.had_known |= before.had_known;
    if (!report.last_line) report.last_line = before.last_line;
    if (!report.last_event) report.last_event = before.last_event;
    if (!report.lag) report.lag = before.lag;
}

std::vector<SourceReport> Sources::reports() const
{
    std::vector<SourceReport> reports;
    for (const auto& log : logs_)
        if (log->is_followed()) reports.push_back(report_of(*log));
    add_pattern_reports(reports);
    return reports;
}

void Sources::look_back(std::size_t most)
{
    const auto shows_mail = [](const auto& log) { return log->known > 0 || log->had_known; };
    if (std::any_of(logs_.begin(), logs_.end(), shows_mail)) return;
    for (const auto& log : logs_) {
        if (most == 0) return;
        if (!log->is_followed() || !log->look_back) continue;
        --most;
        const Glance glance = log->look_back();
        log->had_known = glance.known > 0;
        log->is_new = glance.is_new;
        if (log->had_known) return;
    }
}

std::vector<std::string> Sources::silent(Timestamp now) const
{
    std::map<const Pattern*, Timestamp> newest;
    for (const auto& log : logs_) {
        auto& line = newest[log->pattern];
        line = std::max(line, log->last_line.value_or(Timestamp()));
    }
    std::vector<std::string> silent;
    for (const auto& log : logs_) {
        // Of a log a day, yesterday's says nothing any more.
        const bool is_of_day = log->pattern != nullptr && has_date(log->name);
        if (is_of_day && log->last_line < newest[log->pattern]) continue;
        if (!log->is_followed() || !log->last_line || log->longest_pause.count() == 0) continue;
        const Duration pause = now - *log->last_line;
        if (pause < std::max(kShortestSilence, kSilenceFactor * log->longest_pause)) continue;
        silent.push_back(log->name + ": no line for " + format_duration(pause) +
                         "; the longest pause before was " + format_duration(log->longest_pause));
    }
    return silent;
}

}  // namespace mailban::io
