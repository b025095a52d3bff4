// LogGlob: the logs that a source names with a pattern, now and as they appear.
//
// Whatever rotation leaves behind is no log of its own (LogMatches). Nor is a second name of a file
// that is already followed, be it a link or what the file was renamed to.
//
// Of thousands of files most will never grow again. Those that need not be open are at rest: the
// directory's watch and, once a minute, their size tell when they have grown.
#pragma once

#include "io/asio.h"
#include "io/source/file_watcher.h"
#include "io/source/log_matches.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

// The logs that match `pattern` now, in order of name. A path that is no pattern is its own and
// only match, whether it exists or not.
std::vector<std::string> matching_logs(const std::string& pattern);

struct GlobSink {
    // Once for each log that is to be followed, those that were written last first; again for one
    // that was at rest, with what it was then.
    std::function<void(const std::string& path, const std::optional<LogMatch>& rested)> on_log{};
    // Whether it need not be opened as long as it does not change.
    std::function<bool(const LogMatch& match)> may_rest{};
    // It was a log as long as the one that it comes from was missing. It is to be followed no more.
    std::function<void(const std::string& path)> on_rotated{};
    // What an earlier run has left: whether it followed a log, or awaited it (LogMatches), and
    // which log's a file was, by device, inode and beginning.
    KnownLogs known{};
    std::function<std::optional<std::string>(const LogMatch& match)> owner_of{};
};

class LogGlob {
public:
    LogGlob(FileWatcher& watcher, std::string pattern, GlobSink sink);

    // Notes the logs that match and have not been followed yet.
    void find_new();
    // Does so whenever something appears where a match could be, until stop(). The object has to
    // live until this has ended.
    asio::awaitable<void> run();
    void stop();

    // A log that was followed, and was read as far as `match` says, is followed no more.
    void rest(const LogMatch& match);

    const std::string& pattern() const noexcept { return pattern_; }
    // Nothing fits it.
    bool is_empty() const noexcept { return logs_.empty(); }
    std::size_t resting() const noexcept { return resting_; }
    // Those at rest that no earlier run has read, the ones written last first.
    std::vector<LogMatch> take_unread() { return std::move(unread_); }

private:
    // A log, and what its file was when it came to rest; nullopt: it is followed.
    using Log = std::optional<LogMatch>;

    void watch();
    bool is_due();
    std::vector<LogMatch> claim(const std::vector<LogMatch>& matched);
    void take(LogMatch match);
    void wake(const std::string& path, Log& log);
    void wake_changed(const std::vector<LogMatch>& matched);
    void wake_grown();
    void retire(const std::vector<std::string>& rotated);
    GrownEntries& entries_beside(const std::string& path);

    FileWatcher::Waiter waiter_;
    std::string pattern_;
    GlobSink sink_;
    std::map<std::string, Log> logs_{};
    std::map<FileId, std::string> owners_{};  // which log each file was when last looked at
    std::map<std::string, GrownEntries> directories_{};
    std::map<std::string, Timestamp> changed_{};  // when names in a directory last were
    std::chrono::steady_clock::time_point looked_{};
    std::size_t resting_ = 0;
    std::vector<LogMatch> unread_{};
    bool is_stopped_ = false;
};

}  // namespace mailban::io
