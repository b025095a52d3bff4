// LineConnection: one client that mailban serves, a line at a time.
//
// A line has a greatest length and has to be there in time, and an answer has to be taken in time:
// a client that is slow, silent or sends without end costs a bounded place for a bounded time.
#pragma once

#include "io/asio.h"
#include "io/lines/stream.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailban::io {

struct LineLimits {
    std::size_t longest = 4096;  // bytes of a line, its newline included
    // From the first byte of a line to its newline, and for an answer to be taken.
    std::chrono::milliseconds line = std::chrono::seconds(10);
    // How long a client may be silent between two lines; nullopt: `line` begins at once.
    std::optional<std::chrono::milliseconds> silence{};
};

class LineConnection {
public:
    // The socket outlives it. Whoever closes the socket ends what waits here.
    LineConnection(StreamSocket& socket, LineLimits limits);

    // The next line without its newline. Nullopt: there is none, because the client has gone, was
    // silent or slow, or has sent too long a line (is_too_long).
    // Lets others have their turn, even where the line is there.
    asio::awaitable<std::optional<std::string>> read();
    // The next line if it was read along with the last one: the rest of a request of many lines.
    std::optional<std::string> take_buffered();
    // False: the client did not take it. Suspends only where the socket has no room for it.
    asio::awaitable<bool> write(std::string text);

    bool is_too_long() const noexcept { return is_too_long_; }
    // More than the last line was read: the client has sent its next one before the answer.
    bool has_more() const noexcept { return !buffer_.empty(); }

    StreamSocket& socket() noexcept { return socket_; }

private:
    bool take_line();
    asio::awaitable<bool> until_begun();
    asio::awaitable<bool> read_to_newline();
    asio::awaitable<bool> write_all(std::string_view text);
    asio::awaitable<void> give_up_after(asio::steady_timer& timer, std::chrono::milliseconds limit);

    StreamSocket& socket_;
    LineLimits limits_;
    std::string buffer_{};  // what was read behind the last line
    std::string line_{};
    bool is_too_long_ = false;
};

}  // namespace mailban::io
