// Sources: every log of a configuration, followed, parsed, and told apart by number. A log is a
// file, or one unit's or identifier's part of the journal.
//
// Of a pattern's files only those are open that have been written these days. The others are at
// rest (LogGlob) and are read on from where they stood once they grow.
#pragma once

#include "io/asio.h"
#include "io/source/file_tail.h"
#include "io/source/file_watcher.h"
#include "io/source/journal_tail.h"
#include "io/source/log_glob.h"
#include "io/source/source_position.h"
#include "mailban/config/config.h"
#include "mailban/control/report.h"
#include "mailban/engine/engine.h"
#include "mailban/event/source.h"
#include "mailban/parse/log_parser.h"
#include "mailban/time/log_zone.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailban::io {

struct SourcesSink {
    std::function<void(Event event, SourceId source, Arrival arrival, Timestamp now)> on_event{};
    // Everything of this log before `position` has been handed over.
    std::function<void(const std::string& log, const SourcePosition& position)> on_progress{};
    // The same of a file at rest: nothing was handed over, and it may be committed with the next.
    std::function<void(const std::string& log, const LogPosition& position)> on_rest{};
    // What its lines have shown of a log's clock has changed.
    std::function<void(const std::string& log, const std::optional<LearnedClock>& learned)>
        on_clock{};
};

// What an earlier run has left, by log.
struct SourcesPast {
    std::map<std::string, SourcePosition> positions{};  // where it stopped
    std::map<std::string, LearnedClock> clocks{};
    // Of the sources before a reload: what was counted since the start.
    std::map<std::string, SourceReport> reports{};
};

class Sources {
public:
    // Logs of which an earlier run has left no position are read from the first line at or after
    // `since`. `names` gives each its number, and outlives this object.
    Sources(asio::io_context& context, SourceNames& names, const std::vector<SourceConfig>& configs,
            SourcesPast past, Timestamp since, SourcesSink sink);
    ~Sources();
    Sources(const Sources&) = delete;
    Sources& operator=(const Sources&) = delete;

    void start();
    // Follows those of `found` that are new, and gives up logs found earlier that are gone: neither
    // there nor among `found`, this time and the last. The names of the new ones.
    std::vector<std::string> follow_found(const std::vector<SourceConfig>& found);
    // Nothing is handed over any more. May be destroyed when idle().
    void stop();
    bool idle() const noexcept { return running_ == 0; }

    // To be called each minute: what has not grown for days comes to rest, and a time zone of the
    // machine that was changed is noticed.
    void look_after(Timestamp now);

    // A pattern that no file fits is reported, too.
    std::vector<SourceReport> reports() const;
    // Why logs are looked at each second and not watched; empty: they are watched.
    std::string watching_problem() const { return watcher_.problem(); }
    // Looks for lines of mail servers from before this run, in logs that have shown none so far: at
    // most `most` logs, and only until one is found. For judge_sight().
    void look_back(std::size_t most = 200);
    // Logs that have been silent for much longer than they used to be.
    std::vector<std::string> silent(Timestamp now) const;

private:
    struct Log;
    // A pattern of the configuration, and its logs.
    struct Pattern;

    void follow_source(const SourceConfig& config);
    void follow_journal(const SourceConfig& config);
    void follow_entries(JournalSelection selection, const SourceConfig& config);
    Log* find_log(const std::string& name) const;
    Log& add_log(const std::string& name, const SourceConfig& config);
    LogZone clock_for(const std::string& name, const SourceConfig& config) const;
    void inherit_clock(Log& log, Pattern& pattern);
    template <class Position>
    std::optional<Position> position_of(const std::string& log) const;
    void report_progress(const std::string& log, const SourcePosition& position) const;
    template <class Text>
    void take(Log& log, const Text& text, Freshness freshness);
    void look_at_stamp(Log& log, const std::optional<Event>& event, Timestamp now) const;
    void follow_clock(Log& log, Timestamp stamp, Timestamp now) const;
    SourceReport report_of(const Log& log) const;
    void add_past(SourceReport& report) const;
    void spawn(asio::awaitable<void> work, std::function<void()> on_end = {});

    // Found logs: sources_found.cpp.
    std::set<std::string> followed() const;
    void follow_again(Log& log);
    void give_up_gone(const std::vector<SourceConfig>& found);
    void give_up(Log& log);
    static bool is_absent(const Log& log);

    // Files and patterns: sources_files.cpp.
    void find_files(const SourceConfig& config);
    void follow(const std::string& file, Pattern& pattern, const std::optional<LogMatch>& rested);
    void read_on(Log& log, std::optional<LogPosition> position);
    void make_tail(Log& log, TailStart start);
    asio::awaitable<void> start_tails();
    void start_tail(Log& log);
    std::optional<LogPosition> position_where(const std::string& file,
                                              const std::optional<LogMatch>& rested) const;
    bool may_rest(const LogMatch& match) const;
    void rest_if_idle(Log& log, Timestamp now);
    void stop_tail(Log& log);
    bool was_awaited(const std::string& log, const std::set<FileId>& files) const;
    std::optional<std::string> owner_of(const LogMatch& match) const;
    asio::awaitable<void> note_resting();
    void note_resting(const LogMatch& match);
    void refresh_zones(Timestamp now);
    void add_pattern_reports(std::vector<SourceReport>& reports) const;

    asio::io_context& context_;
    SourceNames& names_;
    std::list<SourceConfig> configs_;  // what is followed refers to them
    SourcesPast past_;
    std::map<FileId, std::string> read_before_{};  // which log's a file was
    Timestamp since_;
    SourcesSink sink_;
    Zone zone_;
    FileWatcher watcher_;
    std::vector<std::unique_ptr<Log>> logs_{};
    std::unordered_map<std::string, Log*> log_by_name_{};
    std::deque<Log*> to_start_{};  // in this order
    bool is_starting_ = false;
    std::list<std::unique_ptr<FileTail>> ending_{};  // of logs that came to rest
    std::vector<std::unique_ptr<Pattern>> patterns_{};
    std::vector<JournalSelection> journals_{};  // that are followed
    std::size_t running_ = 0;
    bool stopped_ = false;
};

}  // namespace mailban::io
