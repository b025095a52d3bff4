// Listener: connections of this machine's own servers, at most so many at once.
//
// What is done with a connection is a coroutine of its user's; it is cut off where it has been
// silent for too long. A connection without a place is closed at once: a mail server takes that as
// no answer and goes on.
#pragma once

#include "io/asio.h"
#include "io/lines/stream.h"
#include "mailban/policy/settings.h"
#include "mailban/result.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <utility>

namespace mailban::io {

struct ListenerLimits {
    std::size_t sessions = 128;  // Dovecot opens 100
    std::chrono::milliseconds patience = std::chrono::seconds(30);
    // How exact Session::waited() is over a Unix socket. The listener wakes as often.
    std::chrono::milliseconds precision = std::chrono::seconds(1);
};

// When a loop has had its turn. After a turn that took long, for the machine's sake or ours, all
// that is read until the next but one look may be as old as that turn was long.
class LoopLooks {
public:
    using Clock = std::chrono::steady_clock;

    void look(Clock::time_point now) { before_ = std::exchange(last_, now); }
    // What is read now has waited for no longer than this.
    Clock::duration since(Clock::time_point now) const { return now - before_; }

private:
    Clock::time_point last_ = Clock::now();
    Clock::time_point before_ = last_;
};

// One connection while it is served.
class Session {
public:
    using Clock = std::chrono::steady_clock;

    Session(StreamSocket socket, Clock::duration patience, const LoopLooks& looks)
        : socket_(std::move(socket)),
          patience_(patience),
          looks_(looks),
          silent_since_(Clock::now())
    {
    }
    StreamSocket& socket() noexcept { return socket_; }
    // Something whole has come: the patience begins again.
    void touch() { silent_since_ = Clock::now(); }
    bool is_over(Clock::time_point now) const { return now - silent_since_ > patience_; }
    // For how long at most what was read last has waited to be read. Of a port the kernel knows.
    Clock::duration waited();

private:
    StreamSocket socket_;
    Clock::duration patience_;
    const LoopLooks& looks_;
    Clock::time_point silent_since_;
};

class Listener {
public:
    // Serves until the other side, or the session's end, has had enough. What it throws ends this
    // session alone, but for the want of memory.
    using Serve = std::function<asio::awaitable<void>(Session&)>;

    Listener(asio::io_context& context, Serve serve, ListenerLimits limits = {});
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // At the address from now on; once in its life. An error names it: it is taken, or may not be
    // used. `setting` is the key of the configuration that says it.
    Status listen(const ListenAddress& address, const std::string& setting);
    // Accepts no more and cuts off everybody.
    void close();

    bool is_open() const { return acceptor_.is_open(); }
    // Whether it is closed and nothing of it runs any more: until then it has to live.
    bool is_done() const { return !is_open() && running_ == 0; }
    std::size_t sessions() const noexcept { return sessions_.size(); }
    std::uint64_t rejected_connections() const noexcept { return turned_away_; }

private:
    Status bind(const ListenAddress& address);
    asio::awaitable<void> counted(asio::awaitable<void> work);
    void admit(StreamSocket socket);
    asio::awaitable<void> run(std::list<Session>::iterator session);
    asio::awaitable<void> cut_off_the_silent();

    asio::io_context& context_;
    Serve serve_;
    ListenerLimits limits_;
    StreamAcceptor acceptor_;
    asio::steady_timer timer_;
    std::string path_{};  // of a Unix socket
    LoopLooks looks_{};
    std::list<Session> sessions_{};
    std::uint64_t turned_away_ = 0;
    std::size_t running_ = 0;  // coroutines
};

}  // namespace mailban::io
