#include "io/control/followers.h"

#include <array>
#include <iterator>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

using Client = StreamSocket;

// A follower has nothing more to say: whatever it sends ends its place, as its leaving does.
asio::awaitable<void> wait_for_word(Client& client)
{
    std::array<char, 1> byte{};
    const auto room = asio::buffer(byte);
    co_await client.async_read_some(room, kNoThrow);
}

}  // namespace

void Followers::note(const Activity& activity)
{
    std::string line;
    for (Follower& follower : all_) {
        if (!follower.filter.matches(activity)) continue;
        if (line.empty()) line = to_json(activity);
        const bool was_empty = follower.queue.empty();
        follower.queue.add(line);
        if (was_empty) follower.wake.cancel();
    }
}

Followers::Handle Followers::join(const ActivityFilter& filter)
{
    all_.push_back({filter, LineQueue(kMostWaiting), asio::steady_timer(executor_)});
    return std::prev(all_.end());
}

asio::awaitable<void> Followers::serve(Client& client, Handle follower)
{
    using asio::experimental::awaitable_operators::operator||;
    auto sending = send_lines(client, *follower);
    auto listening = wait_for_word(client);
    auto either = std::move(sending) || std::move(listening);
    co_await std::move(either);
}

asio::awaitable<void> Followers::send_lines(Client& client, Follower& follower)
{
    const auto state = co_await asio::this_coro::cancellation_state;
    while (state.cancelled() == asio::cancellation_type::none) {
        if (follower.queue.empty()) {
            follower.wake.expires_at(asio::steady_timer::time_point::max());
            co_await follower.wake.async_wait(kNoThrow);
            continue;
        }
        const std::string text = follower.queue.take();
        const auto bytes = asio::buffer(text);
        const auto [ec, size] = co_await asio::async_write(client, bytes, kNoThrow);
        if (ec) co_return;
    }
}

}  // namespace mailban::io
