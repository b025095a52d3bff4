// ControlServer: the Unix socket that the command line talks to.
//
// One request a line, one reply a line. A client that is slow, silent or talks nonsense costs one
// of a bounded number of places for a bounded time, and nothing else.
#pragma once

#include "io/asio.h"
#include "mailban/control/protocol.h"
#include "mailban/result.h"

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <string>

namespace mailban::io {

// Who is asking, as the kernel says (SO_PEERCRED).
enum class PeerRights : std::uint8_t { read, change };

class ControlServer {
public:
    // Answers one request with one line, without its newline. Must not suspend.
    using Handler = std::function<std::string(const Request&, PeerRights)>;

    ControlServer(asio::io_context& context, Handler handler);
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    // Binds `path`, mode 0660, group `group` where the system has it. A stale socket is replaced;
    // one that answers is an error: another daemon runs.
    Status listen(const std::string& path, const std::string& group);
    void close();

private:
    asio::awaitable<void> accept_clients();
    asio::awaitable<void> serve(asio::local::stream_protocol::socket client);

    asio::io_context& context_;
    asio::local::stream_protocol::acceptor acceptor_;
    Handler handler_;
    std::string path_{};
    std::size_t clients_ = 0;
};

}  // namespace mailban::io
