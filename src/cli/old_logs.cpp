#include "cli/old_logs.h"

#include "io/daemon/check_access.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/source/journal_reader.h"
#include "io/source/log_reader.h"
#include "mailban/detect/look_ahead.h"
#include "mailban/parse/log_parser.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <utility>
#include <variant>

namespace mailban::cli {

namespace {

constexpr const char* kStandardInput = "-";

Timestamp last_written(const std::string& file, Timestamp now)
{
    struct stat status = {};
    if (file == kStandardInput || ::stat(file.c_str(), &status) != 0) return now;
    // One that was touched in the future would shift the year of its lines.
    return std::min(now, Timestamp(std::chrono::seconds(status.st_mtim.tv_sec)));
}

// Bytes of the logs as they lie there; 0 where one has no size that could be known.
std::uint64_t size_of(const std::vector<OldLog>& logs)
{
    std::uint64_t total = 0;
    for (const auto& log : logs) {
        struct stat status = {};
        if (log.journal || log.file == kStandardInput) return 0;
        if (::stat(log.file.c_str(), &status) != 0) continue;
        if (!S_ISREG(status.st_mode)) return 0;
        total += static_cast<std::uint64_t>(status.st_size);
    }
    return total;
}

std::string name_of(const OldLog& log)
{
    return log.journal ? io::journal_name(log.journal->directory, log.journal->match) : log.file;
}

// With who may read it, where that is the trouble.
Error cannot_open(const std::string& file, const Error& error)
{
    const bool is_denied = error.message.ends_with(std::strerror(EACCES));
    return is_denied ? Error{error.message + io::who_may_read(file)} : error;
}

Reading read(LogParser& parser, std::string_view line, Timestamp written)
{
    return parser.read_line(line, written);
}
Reading read(LogParser& parser, const LogMessage& entry, Timestamp)
{
    return parser.read_entry(entry);
}

std::optional<Event> parse_fast(LogParser& parser, std::string_view line, Timestamp written)
{
    return parser.parse(line, written);
}
std::optional<Event> parse_fast(LogParser& parser, const LogMessage& entry, Timestamp)
{
    return parser.parse(entry);
}

std::size_t size_of(std::string_view line)
{
    return line.size() + 1;
}
std::size_t size_of(const LogMessage& entry)
{
    return entry.text.size() + 1;
}

std::string line_of(std::string_view line)
{
    return std::string(line);
}
std::string line_of(const LogMessage& entry)
{
    std::string line(entry.program);
    if (entry.pid) line += "[" + std::to_string(*entry.pid) + "]";
    return (line.empty() ? line : line + ": ") + std::string(entry.text);
}

}  // namespace

struct OpenLog {
    std::variant<io::LogReader, io::JournalReader> reader;
    LogParser parser;
    Timestamp written;
    std::uint32_t number = 0;
    bool is_at_end = false;
    std::deque<std::pair<Event, std::uint64_t>> ahead{};  // read, and not handed over yet
};

namespace {

std::uint64_t bytes_read(const OpenLog& open)
{
    const auto* file = std::get_if<io::LogReader>(&open.reader);
    return file != nullptr ? file->bytes_read() : 0;
}

std::uint64_t oversized(const OpenLog& open)
{
    return std::visit([](const auto& reader) { return reader.oversized(); }, open.reader);
}

}  // namespace

OldLogs::OldLogs(std::vector<OldLog> logs, Timestamp now) : to_read_(std::move(logs)), now_(now)
{
    for (const auto& log : to_read_)
        logs_.push_back({.file = name_of(log)});
    known_.resize(logs_.size());
    so_far_.total = size_of(to_read_);
}

OldLogs::~OldLogs() = default;

std::vector<LogFindings> OldLogs::unknown() const
{
    std::vector<LogFindings> list;
    for (std::size_t number = 0; number < logs_.size(); ++number) {
        if (logs_[number].lines > logs_[number].unread && !known_[number])
            list.push_back(logs_[number]);
    }
    return list;
}

Status OldLogs::open(std::uint32_t number)
{
    const auto& log = to_read_[number];
    const auto written = log.journal ? now_ : last_written(log.file, now_);
    SourceConfig source;
    source.zone = log.zone;
    LogParser parser(log.servers, io::zone_of(source, written), log.patterns, log.assured,
                     io::random_seed());
    if (log.journal) {
        auto reader = io::JournalReader::open(*log.journal, log.since);
        if (!reader) return reader.error();
        open_.push_back({std::move(*reader), std::move(parser), written, number});
    } else {
        auto reader = io::LogReader::open(log.file);
        if (!reader) return cannot_open(log.file, reader.error());
        open_.push_back({std::move(*reader), std::move(parser), written, number});
    }
    return Done{};
}

void OldLogs::open_next(const ProblemCallback& on_problem)
{
    const auto number = opened_++;
    const auto opened = open(static_cast<std::uint32_t>(number));
    if (opened.ok()) return;
    auto& problem = logs_[number].problem;
    problem = opened.error().message;
    // All parts of a journal have the same one.
    if (number == 0 || logs_[number - 1].problem != problem) on_problem(problem);
}

// The longer way only as long as it has something to tell.
template <class Text>
std::optional<Event> OldLogs::parse(OpenLog& open, const Text& text)
{
    if (!on_line_ && known_[open.number]) return parse_fast(open.parser, text, open.written);
    const auto reading = mailban::cli::read(open.parser, text, open.written);
    if (reading.server || reading.event) known_[open.number] = true;
    if (on_line_) on_line_(line_of(text), reading, open.parser.time_of(reading, open.written));
    return reading.event;
}

void OldLogs::read_some(OpenLog& open, const EventCallback& on_event,
                        const ProblemCallback& on_problem)
{
    auto& log = logs_[open.number];
    const auto before = log;
    const auto done = bytes_read(open);
    const auto take = [&](const auto& text) {
        ++log.lines;
        log.bytes += size_of(text);
        const auto event = parse(open, text);
        if (!event) return;
        ++log.events;
        on_event(*event, open.number, log.lines + oversized(open));
    };
    const auto more = std::visit([&](auto& reader) { return reader.read_some(take); }, open.reader);
    so_far_.lines += log.lines - before.lines;
    so_far_.bytes += log.bytes - before.bytes;
    so_far_.done += bytes_read(open) - done;
    open.is_at_end = !more.ok() || !*more;
    if (open.is_at_end) {
        log.unread = oversized(open);
        log.lines += log.unread;
    }
    if (more.ok()) return;
    log.problem = more.error().message;
    on_problem(log.problem);
}

// Reads on in every log of which nothing is known of what comes next.
void OldLogs::read_ahead(const ProgressCallback& on_progress, const ProblemCallback& on_problem)
{
    for (auto open = open_.begin(); open != open_.end();) {
        while (open->ahead.empty() && !open->is_at_end) {
            auto& ahead = open->ahead;
            read_some(
                *open,
                [&ahead](const Event& event, std::uint32_t, std::uint64_t line) {
                    ahead.emplace_back(event, line);
                },
                on_problem);
            on_progress(so_far_);
        }
        open = open->ahead.empty() ? open_.erase(open) : std::next(open);
    }
}

// False once a log has to be read on first.
bool OldLogs::hand_over_earliest(const EventCallback& on_event)
{
    const auto next =
        std::min_element(open_.begin(), open_.end(), [](const OpenLog& a, const OpenLog& b) {
            return a.ahead.front().first.time < b.ahead.front().first.time;
        });
    const auto& [event, line] = next->ahead.front();
    on_event(event, next->number, line);
    next->ahead.pop_front();
    return !next->ahead.empty();
}

bool OldLogs::may_open(std::size_t at_once) const
{
    return open_.size() < at_once && opened_ < logs_.size();
}

void OldLogs::read_one_by_one(const EventCallback& on_event, const ProgressCallback& on_progress,
                              const ProblemCallback& on_problem)
{
    while (may_open(1))
        open_next(on_problem);
    if (open_.empty()) return;
    read_some(open_.front(), on_event, on_problem);
    if (open_.front().is_at_end) open_.pop_front();
    on_progress(so_far_);
}

void OldLogs::read_side_by_side(const EventCallback& on_event, const ProgressCallback& on_progress,
                                const ProblemCallback& on_problem)
{
    // A log that ended makes room for another.
    do {
        while (may_open(kMostOpen))
            open_next(on_problem);
        read_ahead(on_progress, on_problem);
    } while (may_open(kMostOpen));
    while (!open_.empty() && hand_over_earliest(on_event)) {}
}

void OldLogs::read(Order order, const EventCallback& on_event, const ProgressCallback& on_progress,
                   const ProblemCallback& on_problem)
{
    LookAhead look_ahead(on_event, io::random_seed());
    const EventCallback take = [&](const Event& event, std::uint32_t log, std::uint64_t line) {
        look_ahead.take(event, log, line);
    };
    do {
        if (order == Order::by_time && logs_.size() > 1) {
            read_side_by_side(take, on_progress, on_problem);
        } else {
            read_one_by_one(take, on_progress, on_problem);
        }
    } while (!open_.empty() || opened_ < logs_.size());
    look_ahead.finish();
}

}  // namespace mailban::cli
