// Lines over a stream socket of this machine, of any family.
#pragma once

#include "io/asio.h"

#include <cstddef>
#include <string>

namespace mailban::io {

using StreamSocket = asio::generic::stream_protocol::socket;

// Waits for a whole line of at most `longest` bytes with its newline, and puts it into `line`
// without. `buffer` keeps what came behind it. False: the connection has ended, or the line is too
// long. How long to wait is the caller's business.
asio::awaitable<bool> read_line(StreamSocket& socket, std::size_t longest, std::string& buffer,
                                std::string& line);

// False: the connection has ended.
asio::awaitable<bool> write_all(StreamSocket& socket, const std::string& text);

}  // namespace mailban::io
