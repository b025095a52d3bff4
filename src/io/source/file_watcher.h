// FileWatcher: one inotify descriptor for every log, and a waiter for each that wants to be woken.
//
// A wake-up is a hint that something may have changed, never a promise that it has: whoever is
// woken looks for itself. So nothing is lost when the kernel's queue overflows (every waiter is
// woken), and where a watch cannot be had the waiter wakes each second instead.
#pragma once

#include "io/asio.h"
#include "mailban/rotation/name_history.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

struct inotify_event;

namespace mailban::io {

// Entries of one directory that are not open, and those of them that have grown since: one watch
// for thousands of files.
struct GrownEntries {
    std::set<std::string, std::less<>> awaited{};
    std::set<std::string, std::less<>> grown{};
};

class FileWatcher {
public:
    enum class Means : std::uint8_t { inotify, polling };
    // Why a wait ended. What may have changed: nothing that was reported, only the content of the
    // watched files, or also which files there are.
    enum class Wakeup : std::uint8_t { timeout, content, names };
    class Waiter;

    // Listens as long as it lives. Where inotify cannot be had it polls and says so in problem().
    explicit FileWatcher(asio::io_context& context, Means means = Means::inotify);
    ~FileWatcher();
    FileWatcher(const FileWatcher&) = delete;
    FileWatcher& operator=(const FileWatcher&) = delete;

    // Why some changes are noticed within a second instead of at once; empty while all are.
    std::string problem() const;
    std::size_t watches() const noexcept { return watches_.size(); }

private:
    // Something to watch: a directory (its entries), or one file behind a descriptor.
    struct Listener {
        Waiter* waiter = nullptr;
        std::string name{};              // only this entry of the directory wakes it; empty: any
        NameHistory* history = nullptr;  // gets every change of a name
        GrownEntries* growth = nullptr;
    };
    // By waiter, for a directory may have thousands of them.
    using Listeners = std::unordered_map<const Waiter*, std::vector<Listener>>;

    // What a pending handler knows of its watcher, which may be gone when it is called.
    struct Link;

    void await_events(std::unique_ptr<Link> link);
    std::size_t read_events();
    void take_events(const char* buffer, std::size_t size);
    void dispatch(const inotify_event& event, const char* name);
    static void dispatch(const Listener& listener, const inotify_event& event, const char* name);
    static void note_growth(const Listener& listener, const char* name);
    void catch_up();
    void overflow();
    // The kernel's number of the watch, or -1 with errno.
    int add(const std::string& path, std::uint32_t mask, Listener listener);
    void remove(int watch, const Waiter* waiter);

    asio::io_context& context_;
    asio::posix::stream_descriptor inotify_;
    std::map<int, Listeners> watches_{};
    std::vector<Waiter*> waiters_{};
    Link* link_ = nullptr;
    std::string failure_{};  // of the last watch that could not be had
};

// One listener. It may be destroyed while nobody waits for it, and before its watcher.
class FileWatcher::Waiter {
public:
    explicit Waiter(FileWatcher& watcher);
    ~Waiter();
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    struct Directory {
        std::string path{};
        std::string entry{};  // only changes of this entry wake it; empty: of any
        // Gets every change of a name in the directory; overflow() whenever a change may have been
        // missed, stop() while nothing is watched. Has to live as long as the waiter.
        NameHistory* history = nullptr;
        // The growth of these entries wakes it, too. Has to live as long as the waiter.
        GrownEntries* growth = nullptr;
        bool operator==(const Directory&) const = default;
    };

    // From now on these directories and files wake it, and nothing else. To be called again after
    // each wake-up: a directory of that name may be another one now.
    void watch(const std::vector<Directory>& directories, const std::vector<int>& files);

    // Resumes when it was woken since the last wait ended, or after `limit`; after a second at most
    // if something could not be watched, and then says Wakeup::names in any case.
    asio::awaitable<Wakeup> wait(std::chrono::milliseconds limit);
    void wake(Wakeup cause = Wakeup::names);
    // Every event that the kernel has queued is applied before this returns.
    void catch_up() { watcher_.catch_up(); }

    // Everything that was asked for is watched.
    bool is_complete() const noexcept { return is_complete_; }
    // The kernel has no watch left for it.
    bool is_short_of_watches() const noexcept { return is_short_; }

private:
    int watch_directory(const Directory& directory);

    FileWatcher& watcher_;
    asio::steady_timer timer_;
    std::vector<int> watches_{};
    std::optional<Wakeup> pending_{};
    bool is_complete_ = false;
    bool is_short_ = false;
};

}  // namespace mailban::io
