// LineServer: accepts the clients of a Unix socket, as many at once as there are places, and has
// each served by a coroutine of its own.
//
// Where no descriptor is left it tries again soon: accept() must not spin, and some come free.
#pragma once

#include "io/asio.h"
#include "io/lines/line_connection.h"
#include "mailban/control/access.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace mailban::io {

class LineServer {
public:
    using Acceptor = asio::local::stream_protocol::acceptor;
    // Nullopt: the client has a place. Else what it is sent, if that can be sent at once, before it
    // is let go; may be empty.
    using Refuse = std::function<std::optional<std::string>(const Peer&)>;
    // The connection lives until it has ended.
    using Serve = std::function<asio::awaitable<void>(LineConnection&, const Peer&)>;

    LineServer(asio::io_context& context, LineLimits limits, Refuse refuse, Serve serve);

    // Begins to accept. A client of which the kernel does not say who it is is let go.
    void start(Acceptor acceptor);
    // Accepts no more; those that are served stay. What start() began ends.
    void close();

    std::size_t clients() const noexcept { return clients_; }  // that are served

private:
    asio::awaitable<void> accept_clients();
    asio::awaitable<void> serve(LineConnection connection, Peer peer);

    asio::io_context& context_;
    Acceptor acceptor_;
    LineLimits limits_;
    Refuse refuse_;
    Serve serve_;
    std::size_t clients_ = 0;
};

}  // namespace mailban::io
