// Stream sockets of this machine's own programs, of whatever family: Unix, IPv4 or IPv6.
#pragma once

#include "io/asio.h"

#include <functional>

namespace mailban::io {

using StreamProtocol = asio::generic::stream_protocol;
using StreamSocket = StreamProtocol::socket;
using StreamAcceptor = asio::basic_socket_acceptor<StreamProtocol>;

// Hands each connection over until the acceptor is closed. `take` must not suspend.
//
// Where no descriptor is left it tries again soon: accept() must not spin, and some come free.
asio::awaitable<void> accept_each(StreamAcceptor& acceptor, std::function<void(StreamSocket)> take);

}  // namespace mailban::io
