// HelperServer: the ufw helper's socket. Serves one user and root, one request at a time.
//
// Nothing a client does or leaves undone holds it up: a request is short and has to be there
// within seconds of its first byte, an answer has to be taken as quickly, and a client that is
// silent for long is let go. When nobody has been there for a while, it is done.
#pragma once

#include "io/asio.h"
#include "mailban/firewall/ufw_request.h"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
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
    using Socket = asio::local::stream_protocol::socket;

    asio::awaitable<void> accept_clients();
    asio::awaitable<void> serve(Socket client);
    asio::awaitable<void> talk(Socket& client);
    asio::awaitable<std::string> next_line(Socket& client);
    asio::awaitable<std::string> answer(std::string line);
    asio::awaitable<bool> send(Socket& client, std::string text);

    asio::io_context& context_;
    asio::local::stream_protocol::acceptor acceptor_;
    uid_t user_;
    Answer answer_;
    HelperLimits limits_;
    asio::steady_timer idle_;
    asio::steady_timer free_;  // cancelled when a request has been answered
    std::size_t clients_ = 0;
    std::size_t in_hand_ = 0;  // requests that came and were not answered yet
    bool is_busy_ = false;
    bool is_stopping_ = false;
};

}  // namespace mailban::io
