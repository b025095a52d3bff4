#include "io/source/file_watcher.h"

#include "io/beat.h"

#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::uint32_t kDirectoryMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                         IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kFileMask = IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF;
constexpr auto kPollInterval = std::chrono::seconds(1);

std::optional<NameChange> to_change(std::uint32_t mask, std::uint32_t cookie, const char* name)
{
    using What = NameChange::What;
    if ((mask & IN_CREATE) != 0) return NameChange{What::created, 0, name};
    if ((mask & IN_DELETE) != 0) return NameChange{What::deleted, 0, name};
    if ((mask & IN_MOVED_FROM) != 0) return NameChange{What::moved_from, cookie, name};
    if ((mask & IN_MOVED_TO) != 0) return NameChange{What::moved_to, cookie, name};
    return std::nullopt;
}

std::string watch_problem(int code)
{
    const std::string cause = std::generic_category().message(code);
    if (code == ENOSPC) {
        return "inotify: " + cause + " (fs.inotify.max_user_watches); checking every second";
    }
    return "inotify: " + cause + "; checking every second";
}

}  // namespace

struct FileWatcher::Link {
    explicit Link(FileWatcher& owner) : watcher(&owner) { owner.link_ = this; }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link()
    {
        if (watcher != nullptr) watcher->link_ = nullptr;
    }

    FileWatcher* watcher;
};

FileWatcher::FileWatcher(asio::io_context& context, Means means)
    : context_(context), inotify_(context)
{
    if (means == Means::polling) {
        failure_ = "inotify is not used; checking every second";
        return;
    }
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
        failure_ = watch_problem(errno);
        return;
    }
    inotify_.assign(fd);
    await_events(std::make_unique<Link>(*this));
}

FileWatcher::~FileWatcher()
{
    if (link_ != nullptr) link_->watcher = nullptr;
}

std::string FileWatcher::problem() const
{
    const auto is_short = [](const Waiter* waiter) { return waiter->is_short_of_watches(); };
    return !inotify_.is_open() || std::ranges::any_of(waiters_, is_short) ? failure_ : "";
}

// No coroutine: its frame could outlive this object between the wake-up and its turn.
void FileWatcher::await_events(std::unique_ptr<Link> link)
{
    inotify_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [link = std::move(link)](const boost::system::error_code& ec) mutable {
                            FileWatcher* const watcher = link->watcher;
                            if (ec || watcher == nullptr) return;
                            watcher->read_events();
                            watcher->await_events(std::move(link));
                        });
}

std::size_t FileWatcher::read_events()
{
    alignas(inotify_event) std::array<char, 16 * 1024> buffer;  // NOLINT: not zeroed
    const auto size = ::read(inotify_.native_handle(), buffer.data(), buffer.size());
    if (size <= 0) return 0;
    take_events(buffer.data(), static_cast<std::size_t>(size));
    return static_cast<std::size_t>(size);
}

// As much as is there now: what keeps coming must not hold up everything else.
void FileWatcher::catch_up()
{
    int waiting = 0;
    if (!inotify_.is_open() || ::ioctl(inotify_.native_handle(), FIONREAD, &waiting) != 0) return;
    for (auto left = static_cast<std::size_t>(waiting); left > 0;) {
        const auto size = read_events();
        if (size == 0) return;
        left -= std::min(left, size);
    }
}

void FileWatcher::take_events(const char* buffer, std::size_t size)
{
    std::size_t at = 0;
    while (at + sizeof(inotify_event) <= size) {
        inotify_event event = {};
        std::memcpy(&event, buffer + at, sizeof event);
        // The kernel pads the name with NUL bytes.
        const char* name = event.len > 0 ? buffer + at + sizeof event : "";
        at += sizeof event + event.len;
        if ((event.mask & IN_Q_OVERFLOW) != 0) overflow();
        dispatch(event, name);
    }
}

void FileWatcher::dispatch(const inotify_event& event, const char* name)
{
    const auto found = watches_.find(event.wd);
    if (found == watches_.end()) return;
    for (const auto& [waiter, listeners] : found->second) {
        for (const auto& listener : listeners)
            dispatch(listener, event, name);
    }
    // The kernel has dropped the watch: the watched thing is gone.
    if ((event.mask & IN_IGNORED) != 0) watches_.erase(found);
}

void FileWatcher::dispatch(const Listener& listener, const inotify_event& event, const char* name)
{
    const auto& [waiter, entry, history, growth] = listener;
    if (event.mask == IN_MODIFY && event.len > 0) return note_growth(listener, name);
    const auto wakeup = event.mask == IN_MODIFY ? Wakeup::content : Wakeup::names;
    if (entry.empty() || event.len == 0 || entry == name) waiter->wake(wakeup);
    if (history == nullptr) return;
    if (const auto change = to_change(event.mask, event.cookie, name)) history->apply(*change);
    if ((event.mask & IN_IGNORED) != 0) history->overflow();
}

void FileWatcher::note_growth(const Listener& listener, const char* name)
{
    if (listener.growth == nullptr || !listener.growth->awaited.contains(name)) return;
    listener.growth->grown.insert(name);
    listener.waiter->wake(Wakeup::content);
}

void FileWatcher::overflow()
{
    for (Waiter* waiter : waiters_)
        waiter->wake();
    for (const auto& [watch, all] : watches_) {
        for (const auto& [waiter, listeners] : all) {
            for (const auto& listener : listeners)
                if (listener.history != nullptr) listener.history->overflow();
        }
    }
}

int FileWatcher::add(const std::string& path, std::uint32_t mask, Listener listener)
{
    if (!inotify_.is_open()) {
        errno = EBADF;
        return -1;
    }
    // Without IN_MASK_ADD the kernel clears the mask of an existing watch before it sets the new
    // one, and reports nothing that happens in between.
    const int watch =
        ::inotify_add_watch(inotify_.native_handle(), path.c_str(), mask | IN_MASK_ADD);
    if (watch < 0) {
        if (errno == ENOSPC) failure_ = watch_problem(errno);
        return -1;
    }
    auto& listeners = watches_[watch][listener.waiter];
    for (auto& other : listeners)
        if (listener.history != nullptr) other.history = nullptr;
    const auto same = [&](const Listener& other) { return other.name == listener.name; };
    const auto found = std::ranges::find_if(listeners, same);
    if (found == listeners.end()) {
        listeners.push_back(std::move(listener));
    } else {
        if (listener.history != nullptr) found->history = listener.history;
        found->growth = listener.growth;
    }
    return watch;
}

void FileWatcher::remove(int watch, const Waiter* waiter)
{
    const auto found = watches_.find(watch);
    if (found == watches_.end()) return;
    found->second.erase(waiter);
    if (!found->second.empty()) return;
    ::inotify_rm_watch(inotify_.native_handle(), watch);
    watches_.erase(found);
}

FileWatcher::Waiter::Waiter(FileWatcher& watcher) : watcher_(watcher), timer_(watcher.context_)
{
    watcher_.waiters_.push_back(this);
}

FileWatcher::Waiter::~Waiter()
{
    for (const int watch : watches_)
        watcher_.remove(watch, this);
    std::erase(watcher_.waiters_, this);
}

void FileWatcher::Waiter::watch(const std::vector<Directory>& directories,
                                const std::vector<int>& files)
{
    is_complete_ = true;
    is_short_ = false;
    std::vector<int> now;
    const auto note = [&](int watch) {
        if (watch >= 0) {
            now.push_back(watch);
            return;
        }
        is_complete_ = false;
        if (errno == ENOSPC) is_short_ = true;
    };
    for (const auto& directory : directories)
        note(watch_directory(directory));
    // Through the descriptor it is the very file that is being read, whatever its name is by now.
    for (const int fd : files) {
        note(watcher_.add("/proc/self/fd/" + std::to_string(fd), kFileMask,
                          {this, {}, nullptr, nullptr}));
    }
    for (const int watch : watches_) {
        if (std::ranges::find(now, watch) == now.end()) watcher_.remove(watch, this);
    }
    watches_ = std::move(now);
}

int FileWatcher::Waiter::watch_directory(const Directory& directory)
{
    const auto& [path, entry, history, growth] = directory;
    const auto mask = kDirectoryMask | (growth != nullptr ? std::uint32_t{IN_MODIFY} : 0U);
    const int watch = watcher_.add(path, mask, {this, entry, history, growth});
    if (history == nullptr) return watch;
    if (watch < 0) {
        const int cause = errno;
        history->stop();
        errno = cause;
    } else if (std::ranges::find(watches_, watch) == watches_.end()) {
        history->overflow();
    }
    return watch;
}

asio::awaitable<FileWatcher::Wakeup> FileWatcher::Waiter::wait(std::chrono::milliseconds limit)
{
    if (!pending_) {
        const std::chrono::milliseconds longest = kPollInterval;
        const auto end =
            std::chrono::steady_clock::now() + (is_complete_ ? limit : std::min(limit, longest));
        // Long pauses end with a beat, rather a little early.
        timer_.expires_at(limit < longest ? end : next_beat(end - longest, longest));
        co_await timer_.async_wait(kNoThrow);
    }
    const Wakeup wakeup = is_complete_ ? pending_.value_or(Wakeup::timeout) : Wakeup::names;
    pending_.reset();
    co_return wakeup;
}

void FileWatcher::Waiter::wake(Wakeup cause)
{
    if (pending_ != Wakeup::names) pending_ = cause;
    timer_.cancel();
}

}  // namespace mailban::io
