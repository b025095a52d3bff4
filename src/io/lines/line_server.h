// LineServer: accepts the clients of a Unix socket, as many at once as there are places, and has
// each served by a coroutine of its own.
#pragma once

#include "io/asio.h"
#include "io/lines/line_connection.h"
#include "io/lines/stream.h"
#include "mailban/control/access.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace mailban::io {

class LineServer {
public:
    // Nullopt: the client has a place. Else what it is sent, if that can be sent at once, before it
    // is let go; may be empty.
    using Refuse = std::function<std::optional<std::string>(const Peer&)>;
    // The connection lives until it has ended.
    using Serve = std::function<asio::awaitable<void>(LineConnection&, const Peer&)>;

    LineServer(asio::io_context& context, LineLimits limits, Refuse refuse, Serve serve);

    // Begins to accept. A client of which the kernel does not say who it is is let go.
    void start(StreamAcceptor acceptor);
    // Accepts no more; those that are served stay. What start() began ends.
    void close();

    std::size_t clients() const noexcept { return clients_; }  // that are served

private:
    void admit(StreamSocket socket);
    asio::awaitable<void> serve(StreamSocket socket, Peer peer);

    asio::io_context& context_;
    StreamAcceptor acceptor_;
    LineLimits limits_;
    Refuse refuse_;
    Serve serve_;
    std::size_t clients_ = 0;
};

}  // namespace mailban::io
