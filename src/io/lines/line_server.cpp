#include "io/lines/line_server.h"

#include "io/control/peer.h"

#include <sys/socket.h>

#include <utility>

namespace mailban::io {

namespace {

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

void LineServer::start(StreamAcceptor acceptor)
{
    acceptor_ = std::move(acceptor);
    auto admitted = [this](StreamSocket socket) { admit(std::move(socket)); };
    asio::co_spawn(context_, accept_each(acceptor_, std::move(admitted)), kOrEnd);
}

void LineServer::close()
{
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

void LineServer::admit(StreamSocket socket)
{
    const auto peer = peer_of(socket.native_handle());
    if (!peer) return;
    if (const auto refusal = refuse_(*peer)) return send_at_once(socket.native_handle(), *refusal);
    asio::co_spawn(context_, serve(std::move(socket), *peer), kOrEnd);
}

asio::awaitable<void> LineServer::serve(StreamSocket socket, Peer peer)
{
    ++clients_;
    LineConnection connection(socket, limits_);
    co_await serve_(connection, peer);
    --clients_;
}

}  // namespace mailban::io
