#include "io/lines/line_server.h"

#include "io/control/peer.h"

#include <sys/socket.h>

#include <chrono>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::chrono::milliseconds kWithoutDescriptor{100};

void send_at_once(int socket, const std::string& text)
{
    if (text.empty()) return;
    [[maybe_unused]] const auto sent =
        ::send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace

LineServer::LineServer(asio::io_context& context, LineLimits limits, Refuse refuse, Serve serve)
    : context_(context),
      acceptor_(context),
      limits_(limits),
      refuse_(std::move(refuse)),
      serve_(std::move(serve))
{
}

void LineServer::start(Acceptor acceptor)
{
    acceptor_ = std::move(acceptor);
    asio::co_spawn(context_, accept_clients(), kOrEnd);
}

void LineServer::close()
{
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

asio::awaitable<void> LineServer::accept_clients()
{
    asio::steady_timer pause(context_);
    while (acceptor_.is_open()) {
        auto [ec, socket] = co_await acceptor_.async_accept(kNoThrow);
        if (ec == asio::error::operation_aborted || !acceptor_.is_open()) co_return;
        if (ec) {
            pause.expires_after(kWithoutDescriptor);
            co_await pause.async_wait(kNoThrow);
            continue;
        }
        const auto peer = peer_of(socket.native_handle());
        if (!peer) continue;
        if (const auto refusal = refuse_(*peer)) {
            send_at_once(socket.native_handle(), *refusal);
            continue;
        }
        LineConnection connection(std::move(socket), limits_);
        asio::co_spawn(context_, serve(std::move(connection), *peer), kOrEnd);
    }
}

asio::awaitable<void> LineServer::serve(LineConnection connection, Peer peer)
{
    ++clients_;
    co_await serve_(connection, peer);
    --clients_;
}

}  // namespace mailban::io
