// LogGlob: the logs that a source names with a pattern, now and as they appear.
//
// Whatever rotation leaves behind under a matching name (mainlog.1, mainlog-20261101, mainlog.gz)
// is no log of its own: its lines are read as those of the log it was. Nor is a second name of a
// file that is already followed, be it a link or what the file was renamed to.
#pragma once

#include "io/asio.h"
#include "io/source/watcher.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

// Whether a source's path is a pattern: holds one of * ? [.
bool is_glob(const std::string& path);

// The logs that match `pattern` now, in order of name, as above. A path that is no pattern is its
// own and only match, whether it exists or not.
std::vector<std::string> matching_logs(const std::string& pattern);

class LogGlob {
public:
    // `on_log` is called once for each log, from find_new() and run().
    LogGlob(Watcher& watcher, std::string pattern, std::function<void(const std::string&)> on_log);

    const std::string& pattern() const noexcept { return pattern_; }
    // Whether any log has matched so far.
    bool has_log() const noexcept { return !told_.empty(); }
    // Tells the logs that match and have not been told yet.
    void find_new();
    // Does so whenever something appears where a match could be, until stop(). The object has to
    // live until this has ended.
    asio::awaitable<void> run();
    void stop();

private:
    using FileId = std::pair<std::uint64_t, std::uint64_t>;  // device, inode

    void watch();

    Watcher::Bell bell_;
    std::string pattern_;
    std::function<void(const std::string&)> on_log_;
    std::set<std::string> told_{};
    std::map<FileId, std::string> owners_{};  // which log each file was when last looked at
    bool is_stopped_ = false;
};

}  // namespace mailban::io
