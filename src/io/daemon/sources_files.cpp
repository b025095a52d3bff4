// Sources: which files are followed, which are at rest, and in which zone they are read.
#include "io/daemon/source_log.h"
#include "io/daemon/zones.h"
#include "mailban/envelope/line_time.h"
#include "mailban/rotation/suffix.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mailban::io {

namespace {

// A file that was not written for as long need not be open.
constexpr Duration kRestAfter = std::chrono::days(3);
// Local time repeats an hour each autumn.
constexpr Duration kStampSlack = std::chrono::hours(1);
// How many files are opened at once.
constexpr std::size_t kPortion = 20;

// How far a file of `size` bytes that nothing was handed over of is passed over: its last line may
// not be whole yet.
std::uint64_t end_of_lines(const LogFile& file, std::uint64_t size)
{
    std::array<char, 64 * 1024> buffer;  // NOLINT: not zeroed
    const auto length = std::min<std::uint64_t>(size, buffer.size());
    const auto got = file.read_at(size - length, buffer.data(), length);
    const auto newline = std::string_view(buffer.data(), got).rfind('\n');
    return newline == std::string_view::npos ? size : size - length + newline + 1;
}

bool has_one_file(const LogPosition& position, const LogMatch& match)
{
    if (position.files.size() != 1) return false;
    const auto& file = position.files.front();
    return FileId{file.device, file.inode} == match.id;
}

}  // namespace

void Sources::find_files(const SourceConfig& config)
{
    patterns_.push_back(std::make_unique<Pattern>(Pattern{config}));
    Pattern& pattern = *patterns_.back();
    GlobSink sink;
    sink.on_log = [this, &pattern](const std::string& file, const auto& rested) {
        follow(file, pattern, rested);
    };
    sink.may_rest = [this](const LogMatch& match) { return may_rest(match); };
    sink.on_rotated = [this](const std::string& file) {
        if (Log* const log = find_log(file)) stop_tail(*log);
    };
    sink.known.is_followed = [this](const std::string& file) {
        return past_.positions.contains(file) && match_of(file).has_value();
    };
    sink.known.is_awaited = [this](const std::string& log, const auto& files) {
        return was_awaited(log, files);
    };
    sink.owner_of = [this](const LogMatch& match) { return owner_of(match); };
    pattern.glob = std::make_unique<LogGlob>(watcher_, config.file, std::move(sink));
    // At once, so that all logs are known when the daemon says that it is ready.
    pattern.glob->find_new();
    if (is_glob(config.file)) spawn(pattern.glob->run());
}

void Sources::follow(const std::string& file, Pattern& pattern,
                     const std::optional<LogMatch>& rested)
{
    Log* log = find_log(file);
    if (log != nullptr && (log->is_followed() || !rested)) return;
    auto position = log != nullptr ? std::optional(log->position) : position_where(file, rested);
    if (log == nullptr) {
        log = &add_log(file, pattern.config);
        log->look_back = [file, &config = pattern.config] { return glance_at_file(file, config); };
        if (is_glob(pattern.config.file)) inherit_clock(*log, pattern);
    }
    read_on(*log, std::move(position));
}

void Sources::read_on(Log& log, std::optional<LogPosition> position)
{
    TailStart start;
    if (position) log.position = *position;
    start.position = std::move(position);
    start.since = since_;
    start.stamp_of = [&log](std::string_view line) {
        return line_time(line, log.clock.zone(), system_now());
    };
    make_tail(log, std::move(start));
}

// A log a day is stamped as that of the day before was.
void Sources::inherit_clock(Log& log, Pattern& pattern)
{
    log.pattern = &pattern;
    if (past_.positions.contains(log.name)) {
        // The newest come first.
        const bool is_newest = !std::exchange(pattern.has_read_before, true);
        if (is_newest && !pattern.learned) pattern.learned = log.clock.learned();
        return;
    }
    if (!pattern.learned || !has_date(log.name) || !pattern.config.zone.empty()) return;
    log.clock = LogZone(zone_, LogZone::Origin::machine, pattern.learned);
    log.parser.set_zone(log.clock.zone());
    if (sink_.on_clock) sink_.on_clock(log.name, pattern.learned);
}

void Sources::make_tail(Log& log, TailStart start)
{
    TailSink sink;
    sink.on_line = [this, &log](std::string_view line, Freshness freshness) {
        take(log, line, freshness);
    };
    sink.on_progress = [this, &log](const LogPosition& position) {
        log.position = position;
        report_progress(log.name, position);
    };
    log.tail = std::make_unique<FileTail>(watcher_, log.name, std::move(start), std::move(sink));
    to_start_.push_back(&log);
    if (!std::exchange(is_starting_, true)) spawn(start_tails());
}

// In portions: the first of thousands are to be followed while the last are still opened.
asio::awaitable<void> Sources::start_tails()
{
    const auto executor = co_await asio::this_coro::executor;
    for (std::size_t count = 1; !to_start_.empty() && !stopped_; ++count) {
        Log& log = *to_start_.front();
        to_start_.pop_front();
        start_tail(log);
        if (count % kPortion == 0) co_await asio::post(executor, asio::use_awaitable);
    }
    is_starting_ = false;
}

void Sources::start_tail(Log& log)
{
    auto* const tail = std::get_if<std::unique_ptr<FileTail>>(&log.tail);
    if (tail == nullptr) return;
    FileTail* const running = tail->get();
    spawn(running->run(), [this, running] {
        std::erase_if(ending_, [running](const auto& one) { return one.get() == running; });
    });
}

// Where to read on: where an earlier run has stopped, or where the file stood when it was first
// seen, at rest.
std::optional<LogPosition> Sources::position_where(const std::string& file,
                                                   const std::optional<LogMatch>& rested) const
{
    if (auto position = position_of<LogPosition>(file)) return position;
    if (!rested) return std::nullopt;
    auto opened = LogFile::open(file);
    if (!opened.file || !opened.file->is({rested->id.first, rested->id.second, 0}))
        return std::nullopt;
    const auto size = opened.file->stat().size;
    // It was cut short since: all of it is new.
    if (size < rested->size) return std::nullopt;
    opened.file->start_at(end_of_lines(*opened.file, rested->size));
    return LogPosition{{opened.file->position()}};
}

// It was read to its end by an earlier run, or holds nothing that is new enough to count.
bool Sources::may_rest(const LogMatch& match) const
{
    const auto now = system_now();
    if (match.written > now - kRestAfter) return false;
    const auto position = position_of<LogPosition>(match.path);
    if (!position) return match.written < since_ - kStampSlack;
    return has_one_file(*position, match) && position->files.front().offset == match.size;
}

void Sources::look_after(Timestamp now)
{
    if (stopped_) return;
    refresh_zones(now);
    for (const auto& log : logs_)
        rest_if_idle(*log, now);
    spawn(note_resting());
}

void Sources::rest_if_idle(Log& log, Timestamp now)
{
    if (log.pattern == nullptr || !log.is_followed()) return;
    const auto match = match_of(log.name);
    if (!match || match->written > now - kRestAfter || !has_one_file(log.position, *match)) return;
    const auto status = std::get<std::unique_ptr<FileTail>>(log.tail)->status();
    const bool is_read = status.caught_up && status.present && status.files == 1 &&
                         log.position.files.front().offset == match->size;
    if (!is_read) return;
    stop_tail(log);
    log.pattern->glob->rest(*match);
}

// The tail lives until its last step is done.
void Sources::stop_tail(Log& log)
{
    auto* const tail = std::get_if<std::unique_ptr<FileTail>>(&log.tail);
    if (tail == nullptr) return;
    (*tail)->stop();
    ending_.push_back(std::move(*tail));
    log.tail = std::monostate();
}

bool Sources::was_awaited(const std::string& log, const std::set<FileId>& files) const
{
    const auto position = position_of<LogPosition>(log);
    if (!position || position->files.empty()) return false;
    const auto& last = position->files.back();
    return files.contains({last.device, last.inode});
}

std::optional<std::string> Sources::owner_of(const LogMatch& match) const
{
    const auto found = read_before_.find(match.id);
    if (found == read_before_.end()) return std::nullopt;
    const auto position = position_of<LogPosition>(found->second);
    auto opened = LogFile::open(match.path);
    if (!position || !opened.file) return std::nullopt;
    const auto is_it = [&](const FilePosition& file) {
        return FileId{file.device, file.inode} == match.id && file.fingerprint_length > 0 &&
               opened.file->begins_like(file);
    };
    const bool is_known = std::ranges::any_of(position->files, is_it);
    return is_known ? std::optional(found->second) : std::nullopt;
}

// Files at rest that were never read: where they stand is kept, so that they are read on from there
// whenever they grow.
asio::awaitable<void> Sources::note_resting()
{
    const auto executor = co_await asio::this_coro::executor;
    for (const auto& pattern : patterns_) {
        const auto unread = pattern->glob->take_unread();
        for (std::size_t index = 0; index < unread.size() && !stopped_; ++index) {
            note_resting(unread[index]);
            if (index % kPortion == 0) co_await asio::post(executor, asio::use_awaitable);
        }
    }
}

void Sources::note_resting(const LogMatch& match)
{
    // It has grown since, and is being read.
    if (find_log(match.path) != nullptr || past_.positions.contains(match.path)) return;
    const auto position = position_where(match.path, match);
    if (!position) return;
    past_.positions.emplace(match.path, *position);
    if (sink_.on_rest) sink_.on_rest(match.path, *position);
}

void Sources::refresh_zones(Timestamp now)
{
    const auto zone = local_zone(now);
    const bool is_another = zone.offset_at(now) != zone_.offset_at(now);
    const bool is_changed = zone != zone_;
    zone_ = zone;
    if (is_another) spdlog::info("the machine's time zone was changed");
    for (const auto& log : logs_) {
        if (!log->config.zone.empty()) {
            if (const auto named = zone_named(log->config.zone, now)) log->clock.set_zone(*named);
        } else if (is_changed) {
            log->clock.set_zone(zone);
        } else {
            continue;
        }
        log->parser.set_zone(log->clock.zone());
    }
}

void Sources::add_pattern_reports(std::vector<SourceReport>& reports) const
{
    for (const auto& pattern : patterns_) {
        const auto& glob = *pattern->glob;
        if (!is_glob(glob.pattern()) || (!glob.is_empty() && glob.resting() == 0)) continue;
        SourceReport report;
        report.file = glob.pattern();
        report.caught_up = true;
        report.present = !glob.is_empty();
        report.is_pattern = glob.is_empty();
        report.resting = glob.resting();
        if (glob.is_empty()) report.problem = "no file matches";
        reports.push_back(std::move(report));
    }
}

}  // namespace mailban::io
