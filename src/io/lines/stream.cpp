#include "io/lines/stream.h"

#include <chrono>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::chrono::milliseconds kWithoutDescriptor{100};

}  // namespace

asio::awaitable<void> accept_each(StreamAcceptor& acceptor, std::function<void(StreamSocket)> take)
{
    asio::steady_timer pause(acceptor.get_executor());
    while (acceptor.is_open()) {
        auto [ec, socket] = co_await acceptor.async_accept(kNoThrow);
        if (ec == asio::error::operation_aborted || !acceptor.is_open()) co_return;
        if (ec) {
            pause.expires_after(kWithoutDescriptor);
            co_await pause.async_wait(kNoThrow);
            continue;
        }
        take(std::move(socket));
    }
}

}  // namespace mailban::io
