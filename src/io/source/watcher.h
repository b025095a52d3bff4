// Watcher: one inotify descriptor for every log, and a bell for each that listens.
//
// What rings is a hint that something may have changed, never a promise that it has: whoever is
// woken looks for itself. So nothing is lost when the kernel's queue overflows (every bell rings),
// and where a watch cannot be had the bell rings each second instead.
#pragma once

#include "io/asio.h"
#include "io/source/name_history.h"

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

class Watcher {
public:
    enum class Means : std::uint8_t { inotify, polling };
    // What may have changed: nothing that was told, only what is in the watched files, or also
    // which files there are.
    enum class Heard : std::uint8_t { nothing, content, names };
    class Bell;

    // Listens as long as it lives. Where inotify cannot be had it polls and says so in problem().
    explicit Watcher(asio::io_context& context, Means means = Means::inotify);
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    // Why some changes are noticed within a second instead of at once; empty while all are.
    std::string problem() const;
    std::size_t watches() const noexcept { return watches_.size(); }

private:
    // Something to watch: a directory (its entries), or one file behind a descriptor.
    struct Listener {
        Bell* bell = nullptr;
        std::string name{};  // rings for this entry of the directory only; empty: for any
        NameHistory* history = nullptr;  // is told of every entry
        GrownEntries* growth = nullptr;
    };
    // By bell, for a directory may have thousands of them.
    using Listeners = std::unordered_map<const Bell*, std::vector<Listener>>;

    // What a pending handler knows of its watcher, which may be gone when it is called.
    struct Link;

    void await_events(std::unique_ptr<Link> link);
    std::size_t read_events();
    void take_events(const char* buffer, std::size_t size);
    void tell(const inotify_event& event, const char* name);
    static void tell(const Listener& listener, const inotify_event& event, const char* name);
    static void tell_growth(const Listener& listener, const char* name);
    void catch_up();
    void ring_all();
    // The kernel's number of the watch, or -1 with errno.
    int add(const std::string& path, std::uint32_t mask, Listener listener);
    void remove(int watch, const Bell* bell);

    asio::io_context& context_;
    asio::posix::stream_descriptor inotify_;
    std::map<int, Listeners> watches_{};
    std::vector<Bell*> bells_{};
    Link* link_ = nullptr;
    std::string failure_{};  // of the last watch that could not be had
};

// One listener. It may be destroyed while nobody waits for it, and before its watcher.
class Watcher::Bell {
public:
    explicit Bell(Watcher& watcher);
    ~Bell();
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;

    struct Directory {
        std::string path{};
        std::string entry{};  // rings for changes of this entry only; empty: of any
        // Is told of every change of a name in the directory; lost whenever something may have
        // been missed, deaf while nothing is heard. Has to live as long as the bell.
        NameHistory* history = nullptr;
        // Rings for the growth of these entries, too. Has to live as long as the bell.
        GrownEntries* growth = nullptr;
        bool operator==(const Directory&) const = default;
    };

    // From now on these directories and files ring it, and nothing else. To be said again whenever
    // the bell has rung: a directory of that name may be another one by then.
    void watch(const std::vector<Directory>& directories, const std::vector<int>& files);

    // Resumes when it was rung since the last wait ended, or after `limit`; after a second at
    // most if something could not be watched, and then says Heard::names in any case.
    asio::awaitable<Heard> wait(std::chrono::milliseconds limit);
    void ring(Heard heard = Heard::names);
    // Everything that the kernel has told so far is heard now, and not later.
    void catch_up() { watcher_.catch_up(); }

    // Everything that was asked for is watched.
    bool is_complete() const noexcept { return is_complete_; }
    // The kernel has no watch left for it.
    bool is_short_of_watches() const noexcept { return is_short_; }

private:
    int watch_directory(const Directory& directory);

    Watcher& watcher_;
    asio::steady_timer timer_;
    std::vector<int> watches_{};
    std::optional<Heard> rung_{};
    bool is_complete_ = false;
    bool is_short_ = false;
};

}  // namespace mailban::io
