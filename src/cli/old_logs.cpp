#include "cli/old_logs.h"

#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/source/log_reader.h"
#include "mailban/parse/log_parser.h"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <utility>

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
        if (log.file == kStandardInput) return 0;
        if (::stat(log.file.c_str(), &status) != 0) continue;
        if (!S_ISREG(status.st_mode)) return 0;
        total += static_cast<std::uint64_t>(status.st_size);
    }
    return total;
}

}  // namespace

struct OpenLog {
    io::LogReader reader;
    LogParser parser;
    Timestamp written;
    std::uint32_t number = 0;
    bool is_at_end = false;
    std::deque<std::pair<Event, std::uint64_t>> ahead{};  // read, and not handed over yet
};

OldLogs::OldLogs(std::vector<OldLog> logs, Timestamp now) : to_read_(std::move(logs)), now_(now)
{
    for (const auto& log : to_read_)
        logs_.push_back({.file = log.file});
    so_far_.total = size_of(to_read_);
}

OldLogs::~OldLogs() = default;

void OldLogs::open_next(const ProblemCallback& on_problem)
{
    const auto number = opened_++;
    auto& log = logs_[number];
    auto reader = io::LogReader::open(log.file);
    if (!reader) {
        log.problem = reader.error().message;
        return on_problem(log.problem);
    }
    const auto written = last_written(log.file, now_);
    open_.push_back({.reader = std::move(*reader),
                     .parser = LogParser(to_read_[number].servers, io::local_zone(written),
                                         to_read_[number].patterns, to_read_[number].assured,
                                         io::random_seed()),
                     .written = written,
                     .number = static_cast<std::uint32_t>(number)});
}

void OldLogs::read_some(OpenLog& open, const EventCallback& on_event,
                        const ProblemCallback& on_problem)
{
    auto& log = logs_[open.number];
    const auto before = log;
    const auto done = open.reader.bytes_read();
    const auto more = open.reader.read_some([&](std::string_view line) {
        ++log.lines;
        log.bytes += line.size() + 1;
        const auto event = open.parser.parse(line, open.written);
        if (!event) return;
        ++log.events;
        on_event(*event, open.number, log.lines + open.reader.oversized());
    });
    so_far_.lines += log.lines - before.lines;
    so_far_.bytes += log.bytes - before.bytes;
    so_far_.done += open.reader.bytes_read() - done;
    open.is_at_end = !more.ok() || !*more;
    if (open.is_at_end) {
        log.unread = open.reader.oversized();
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
    do {
        if (order == Order::by_time) {
            read_side_by_side(on_event, on_progress, on_problem);
        } else {
            read_one_by_one(on_event, on_progress, on_problem);
        }
    } while (!open_.empty() || opened_ < logs_.size());
}

}  // namespace mailban::cli
