#include "cli/old_logs.h"

#include "io/daemon/system.h"
#include "mailban/detect/look_ahead.h"

#include <algorithm>
#include <utility>

namespace mailban::cli {

OldLogs::OldLogs(std::vector<OldLog> logs, Timestamp now) : to_read_(std::move(logs)), now_(now)
{
    for (const auto& log : to_read_)
        logs_.push_back({.file = name_of(log)});
    known_.resize(logs_.size());
    so_far_.total = size_of(to_read_);
}

std::vector<LogFindings> OldLogs::unknown() const
{
    std::vector<LogFindings> list;
    for (std::size_t number = 0; number < logs_.size(); ++number) {
        if (logs_[number].lines > logs_[number].unread && !known_[number])
            list.push_back(logs_[number]);
    }
    return list;
}

bool OldLogs::may_open(std::size_t at_once) const
{
    return open_.size() < at_once && opened_ < logs_.size();
}

void OldLogs::open_next(ReadAhead& ahead, const ProblemCallback& on_problem)
{
    const auto number = opened_++;
    auto opened = OpenOldLog::open(to_read_[number], now_);
    if (opened.ok()) {
        open_.push_back(
            {.log = &ahead.add(std::move(*opened)), .number = static_cast<std::uint32_t>(number)});
        return;
    }
    auto& problem = logs_[number].problem;
    problem = opened.error().message;
    // All parts of a journal have the same one.
    if (number == 0 || logs_[number - 1].problem != problem) on_problem(problem);
}

void OldLogs::read_on(ReadAhead& ahead, Open& open, const ProgressCallback& on_progress,
                      const ProblemCallback& on_problem)
{
    open.batch = ahead.next(*open.log);
    open.at = 0;
    const auto& batch = open.batch;
    auto& log = logs_[open.number];
    log.lines += batch.lines + batch.unread;
    log.unread = batch.unread;
    log.bytes += batch.bytes;
    log.events += batch.told.size();
    log.problem = batch.problem;
    if (batch.is_known) known_[open.number] = true;
    so_far_.lines += batch.lines;
    so_far_.bytes += batch.bytes;
    so_far_.done += batch.packed;
    if (!batch.problem.empty()) on_problem(batch.problem);
    on_progress(so_far_);
}

// Reads on in every log of which nothing is known of what comes next.
void OldLogs::read_until_all_tell(ReadAhead& ahead, const ProgressCallback& on_progress,
                                  const ProblemCallback& on_problem)
{
    for (auto open = open_.begin(); open != open_.end();) {
        while (open->is_empty() && !open->batch.is_last)
            read_on(ahead, *open, on_progress, on_problem);
        open = open->is_empty() ? open_.erase(open) : std::next(open);
    }
}

// False once a log has to be read on first.
bool OldLogs::hand_over_earliest(const EventCallback& on_event)
{
    const auto next = std::min_element(
        open_.begin(), open_.end(),
        [](const Open& a, const Open& b) { return a.first().event.time < b.first().event.time; });
    const auto& [event, line] = next->first();
    on_event(event, next->number, line);
    ++next->at;
    return !next->is_empty();
}

void OldLogs::read(Order order, const EventCallback& on_event, const ProgressCallback& on_progress,
                   const ProblemCallback& on_problem)
{
    const std::size_t at_once = order == Order::one_by_one ? 1 : kMostOpen;
    // Whoever is told of lines is told by this thread.
    const auto helpers = on_line_ ? 0 : std::min({spare_processors(), logs_.size(), kMostHelpers});
    ReadAhead ahead(helpers, on_line_);
    LookAhead look_ahead(on_event, io::random_seed());
    const EventCallback take = [&](const Event& event, std::uint32_t log, std::uint64_t line) {
        look_ahead.take(event, log, line);
    };
    do {
        // A log that ended makes room for another.
        do {
            while (may_open(at_once))
                open_next(ahead, on_problem);
            read_until_all_tell(ahead, on_progress, on_problem);
        } while (may_open(at_once));
        while (!open_.empty() && hand_over_earliest(take)) {}
    } while (!open_.empty() || may_open(at_once));
    look_ahead.finish();
}

}  // namespace mailban::cli
