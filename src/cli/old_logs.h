// OldLogs: any number of whole logs, each read once by a parser of its own.
//
// By time, logs are read side by side, and of what they tell next the earliest comes first: events
// come as if all logs had been followed while they were written. One log's stay in their order. No
// more than kMostOpen are open at once; further ones wait for their turn in the order given. What
// later lines show to have been no failure is left out (LookAhead).
//
// Where there is a processor to spare, threads read ahead of what is handed over (ReadAhead).
#pragma once

#include "cli/old_log.h"
#include "cli/progress.h"
#include "cli/read_ahead.h"
#include "mailban/survey/findings.h"
#include "mailban/time/time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace mailban::cli {

class OldLogs {
public:
    static constexpr std::size_t kMostOpen = 64;
    static constexpr std::size_t kMostHelpers = 8;  // threads that read ahead

    enum class Order { one_by_one, by_time };
    // What line number `line` (from 1) of log number `log` (from 0) told.
    using EventCallback =
        std::function<void(const Event& event, std::uint32_t log, std::uint64_t line)>;
    using ProgressCallback = std::function<void(const ReadSoFar&)>;
    using ProblemCallback = std::function<void(const std::string&)>;

    // `now` gives stamps their year if they have none; a file's are of the year before it was last
    // modified. `on_progress` is called some times a second.
    OldLogs(std::vector<OldLog> logs, Timestamp now);

    // Also hands over every line of what is read from now on.
    void show_lines(OldLineCallback on_line) { on_line_ = std::move(on_line); }

    // How many logs there are, if Order::by_time merges all of them: of more than kMostOpen some
    // may come late.
    std::optional<std::size_t> merged() const noexcept
    {
        if (to_read_.size() > kMostOpen) return std::nullopt;
        return to_read_.size();
    }

    void read(Order order, const EventCallback& on_event, const ProgressCallback& on_progress,
              const ProblemCallback& on_problem);

    // As far as they were read, in the order given. `events` counts all that were found. A part of
    // the journal is named as in "journal unit dovecot.service".
    const std::vector<LogFindings>& logs() const noexcept { return logs_; }
    // Those of them that had lines, and none of a server that mailban knows.
    std::vector<LogFindings> unknown() const;

private:
    // What is next of a log that is being read.
    struct Open {
        ReadAhead::Log* log = nullptr;
        std::uint32_t number = 0;
        LogBatch batch{};
        std::size_t at = 0;  // the first of the batch that was not handed over

        bool is_empty() const noexcept { return at == batch.told.size(); }
        const LogBatch::Told& first() const { return batch.told[at]; }
    };

    bool may_open(std::size_t at_once) const;
    void open_next(ReadAhead& ahead, const ProblemCallback& on_problem);
    void read_on(ReadAhead& ahead, Open& open, const ProgressCallback& on_progress,
                 const ProblemCallback& on_problem);
    void read_until_all_tell(ReadAhead& ahead, const ProgressCallback& on_progress,
                             const ProblemCallback& on_problem);
    bool hand_over_earliest(const EventCallback& on_event);

    std::vector<OldLog> to_read_;
    Timestamp now_;
    OldLineCallback on_line_{};
    std::vector<LogFindings> logs_{};
    std::vector<bool> known_{};  // whether a line of each was a server's
    std::size_t opened_ = 0;     // of logs_
    std::list<Open> open_{};
    ReadSoFar so_far_{};
};

}  // namespace mailban::cli
