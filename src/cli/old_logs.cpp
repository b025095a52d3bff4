#include "cli/old_logs.h"

#include "io/daemon/system.h"
#include "io/source/log_reader.h"
#include "mailban/parse/log_parser.h"

#include <sys/stat.h>

#include <algorithm>

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
std::uint64_t size_of(const std::vector<std::string>& files)
{
    std::uint64_t total = 0;
    for (const auto& file : files) {
        struct stat status = {};
        if (file == kStandardInput) return 0;
        if (::stat(file.c_str(), &status) != 0) continue;
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
    Timestamp reached = Timestamp::min();  // the latest event
    bool is_at_end = false;
};

OldLogs::OldLogs(const std::vector<std::string>& files, MailServers servers, Timestamp now)
    : servers_(servers), now_(now)
{
    for (const auto& file : files)
        logs_.push_back({.file = file});
    so_far_.total = size_of(files);
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
                     .parser = LogParser(servers_, io::local_zone(written)),
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
        open.reached = std::max(open.reached, event->time);
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

void OldLogs::read(Order order, const EventCallback& on_event, const ProgressCallback& on_progress,
                   const ProblemCallback& on_problem)
{
    const std::size_t at_once = order == Order::by_time ? kMostOpen : 1;
    for (;;) {
        while (open_.size() < at_once && opened_ < logs_.size())
            open_next(on_problem);
        if (open_.empty()) return;
        const auto next = std::min_element(
            open_.begin(), open_.end(),
            [](const OpenLog& a, const OpenLog& b) { return a.reached < b.reached; });
        read_some(*next, on_event, on_problem);
        if (next->is_at_end) open_.erase(next);
        on_progress(so_far_);
    }
}

}  // namespace mailban::cli
