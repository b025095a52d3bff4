// Sources: every log of a configuration, followed, parsed, and told apart by number. A log is a
// file, or one unit's or identifier's part of the journal.
#pragma once

#include "io/asio.h"
#include "io/source/file_tail.h"
#include "io/source/journal_tail.h"
#include "io/source/log_glob.h"
#include "io/source/source_position.h"
#include "io/source/watcher.h"
#include "mailban/config/config.h"
#include "mailban/control/report.h"
#include "mailban/engine/engine.h"
#include "mailban/parse/log_parser.h"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mailban::io {

struct SourcesSink {
    std::function<void(Event event, std::uint32_t source, Arrival arrival, Timestamp now)>
        on_event{};
    // Everything of this log before `position` has been handed over.
    std::function<void(const std::string& log, const SourcePosition& position)> on_progress{};
};

class Sources {
public:
    // `positions`: where an earlier run stopped, by log. Logs without one are read from the first
    // line at or after `since`.
    Sources(asio::io_context& context, const std::vector<SourceConfig>& configs,
            std::map<std::string, SourcePosition> positions, Timestamp since, SourcesSink sink);
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

    // The number of a log: the same for one name as long as this object lives. A file's name is its
    // path.
    std::uint32_t number_of(const std::string& log);
    const std::string& name_of(std::uint32_t number) const { return names_.at(number); }

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

    void follow_source(const SourceConfig& config);
    void give_up_gone(const std::vector<SourceConfig>& found);
    void find_files(const SourceConfig& config);
    void follow(const std::string& file, const SourceConfig& config);
    void follow_journal(const SourceConfig& config);
    void follow_entries(JournalSelection selection, const SourceConfig& config);
    bool has_log(const std::string& name) const;
    void report_unmatched(std::vector<SourceReport>& reports) const;
    Log& add_log(const std::string& name, const SourceConfig& config);
    template <class Position>
    std::optional<Position> position_of(const std::string& log) const;
    void tell_progress(const Log& log, const SourcePosition& position);
    template <class Text>
    void take(Log& log, const Text& text, Freshness freshness);
    void spawn(asio::awaitable<void> work);
    void spawn_tail(Log& log, asio::awaitable<void> work);

    asio::io_context& context_;
    std::list<SourceConfig> configs_;  // what is followed refers to them
    std::map<std::string, SourcePosition> positions_;
    Timestamp since_;
    SourcesSink sink_;
    Zone zone_;
    Watcher watcher_;
    std::vector<std::unique_ptr<Log>> logs_{};
    std::vector<std::unique_ptr<Log>> given_up_{};  // until their tails have ended
    std::vector<std::unique_ptr<LogGlob>> globs_{};
    std::vector<JournalSelection> journals_{};  // that are followed
    std::vector<std::string> names_{};
    std::size_t running_ = 0;
    bool stopped_ = false;
};

}  // namespace mailban::io
