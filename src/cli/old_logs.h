// OldLogs: any number of whole logs, each read once by a parser of its own.
//
// By time, logs are read side by side, and of what they tell next the earliest comes first: events
// come as if all logs had been followed while they were written. One log's stay in their order. No
// more than kMostOpen are open at once; further ones wait for their turn in the order given. What
// later lines show to have been no failure is left out (LookAhead).
#pragma once

#include "cli/progress.h"
#include "io/source/journal_match.h"
#include "mailban/parse/assurances.h"
#include "mailban/parse/mail_servers.h"
#include "mailban/parse/pattern.h"
#include "mailban/parse/reading.h"
#include "mailban/result.h"
#include "mailban/survey/findings.h"
#include "mailban/time/time.h"

#include <functional>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::cli {

struct OpenLog;

// A file or a part of the journal, and whose lines to read in it.
struct OldLog {
    std::string file{};  // "-" is the standard input
    std::optional<io::JournalSelection> journal{};
    std::optional<Timestamp> since{};  // where to begin in the journal
    MailServers servers = MailServers::any();
    std::vector<PatternSpec> patterns{};
    Assurances assured{};
    std::string zone{};  // of stamps without an offset; empty: the machine's own
};

class OldLogs {
public:
    static constexpr std::size_t kMostOpen = 64;

    enum class Order { one_by_one, by_time };
    // What line number `line` (from 1) of log number `log` (from 0) told.
    using EventCallback =
        std::function<void(const Event& event, std::uint32_t log, std::uint64_t line)>;
    using ProgressCallback = std::function<void(const ReadSoFar&)>;
    using ProblemCallback = std::function<void(const std::string&)>;

    // Told each line, or an entry of the journal as "program[pid]: text", how it was read, and the
    // time at which it counts.
    using LineCallback = std::function<void(std::string_view line, const Reading& reading,
                                            std::optional<Timestamp> time)>;

    // `now` gives stamps their year if they have none; a file's are of the year before it was last
    // modified. `on_progress` is called some times a second.
    OldLogs(std::vector<OldLog> logs, Timestamp now);
    ~OldLogs();
    OldLogs(const OldLogs&) = delete;
    OldLogs& operator=(const OldLogs&) = delete;

    // Also hands over every line of what is read from now on.
    void show_lines(LineCallback on_line) { on_line_ = std::move(on_line); }

    void read(Order order, const EventCallback& on_event, const ProgressCallback& on_progress,
              const ProblemCallback& on_problem);

    // As far as they were read, in the order given. `events` counts all that were found. A part of
    // the journal is named as in "journal unit dovecot.service".
    const std::vector<LogFindings>& logs() const noexcept { return logs_; }
    // Those of them that had lines, and none of a server that mailban knows.
    std::vector<LogFindings> unknown() const;

private:
    Status open(std::uint32_t number);
    void open_next(const ProblemCallback& on_problem);
    template <class Text>
    std::optional<Event> parse(OpenLog& log, const Text& text);
    void read_some(OpenLog& log, const EventCallback& on_event, const ProblemCallback& on_problem);
    bool may_open(std::size_t at_once) const;
    void read_one_by_one(const EventCallback& on_event, const ProgressCallback& on_progress,
                         const ProblemCallback& on_problem);
    void read_side_by_side(const EventCallback& on_event, const ProgressCallback& on_progress,
                           const ProblemCallback& on_problem);
    void read_ahead(const ProgressCallback& on_progress, const ProblemCallback& on_problem);
    bool hand_over_earliest(const EventCallback& on_event);

    std::vector<OldLog> to_read_;
    Timestamp now_;
    LineCallback on_line_{};
    std::vector<LogFindings> logs_{};
    std::vector<bool> known_{};  // whether a line of each was a server's
    std::size_t opened_ = 0;     // of logs_
    std::list<OpenLog> open_;
    ReadSoFar so_far_{};
};

}  // namespace mailban::cli
