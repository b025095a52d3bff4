// Followers: clients that get each activity as it happens (`mailban events --follow`).
//
// Nothing waits for them. What a follower has not read yet is bounded (LineQueue); a slow one loses
// lines, and learns how many.
#pragma once

#include "io/asio.h"
#include "io/lines/stream.h"
#include "mailban/control/activity.h"
#include "mailban/control/line_queue.h"

#include <cstddef>
#include <list>
#include <string>

namespace mailban::io {

class Followers {
    struct Follower;

public:
    // Bytes that wait for one follower, besides those that its socket holds.
    static constexpr std::size_t kMostWaiting = 1U << 20U;

    explicit Followers(asio::any_io_executor executor) : executor_(std::move(executor)) {}
    Followers(const Followers&) = delete;
    Followers& operator=(const Followers&) = delete;

    bool is_any() const noexcept { return !all_.empty(); }
    std::size_t size() const noexcept { return all_.size(); }
    // Queues its line for each follower that wants it.
    void note(const Activity& activity);

    // A new follower, of what is noted from now on.
    using Handle = std::list<Follower>::iterator;
    Handle join(const ActivityFilter& filter);
    void leave(Handle follower) { all_.erase(follower); }
    // Sends what has been noted since it joined, and goes on until the client disconnects or sends
    // anything.
    asio::awaitable<void> serve(StreamSocket& client, Handle follower);

private:
    struct Follower {
        ActivityFilter filter{};
        LineQueue queue;
        asio::steady_timer wake;  // is waited for while nothing is queued
    };

    static asio::awaitable<void> send_lines(StreamSocket& client, Follower& follower);

    asio::any_io_executor executor_;
    std::list<Follower> all_{};
};

}  // namespace mailban::io
