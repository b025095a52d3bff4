// HelperServer: the ufw helper's socket. Serves one user and root, one request at a time.
//
// Nothing a client does or leaves undone holds it up: a request is short and has to be there
// within seconds of its first byte, an answer has to be taken as quickly, and a client that is
// silent for long is let go. When nobody has been there for a while, it is done.
#pragma once

#include "io/asio.h"
#include "io/lines/line_server.h"
#include "mailban/firewall/ufw_request.h"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

struct HelperLimits {
    std::size_t clients = 4;  // more are turned away
    std::chrono::milliseconds request = std::chrono::seconds(5);
    std::chrono::milliseconds silence = std::chrono::minutes(5);
    std::chrono::milliseconds idle = std::chrono::seconds(30);
};

class HelperServer {
public:
    using Answer = std::function<asio::awaitable<Result<std::vector<Held>>>(UfwRequest)>;

    // `listening` is the descriptor of a Unix socket that listens; it is closed with this object.
    HelperServer(asio::io_context& context, int listening, uid_t user, Answer answer,
                 HelperLimits limits);

    // Returns once nobody is there any more, or after stop().
    asio::awaitable<void> run();
    // What ufw is doing now is done to its end, and told; nothing else is begun.
    void stop();

private:
    asio::awaitable<void> serve(LineConnection& client, bool may_ask);
    asio::awaitable<void> talk(LineConnection& client);
    asio::awaitable<std::string> answer(std::string line);

    StreamAcceptor listening_;  // until run()
    Answer answer_;
    HelperLimits limits_;
    LineServer server_;
    asio::steady_timer idle_;
    asio::steady_timer free_;  // cancelled when a request has been answered
    std::size_t in_hand_ = 0;  // requests that came and were not answered yet
    bool is_busy_ = false;
    bool is_stopping_ = false;
};

}  // namespace mailban::io
