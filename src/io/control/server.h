// ControlServer: the Unix socket that the command line talks to.
//
// One request a line, one reply a line. A client that is slow, silent or talks nonsense costs one
// of a bounded number of places for a bounded time, and nothing else. Whoever may only read gets a
// bounded share of the places and of the daemon's time; root and the administrators always get in.
#pragma once

#include "io/asio.h"
#include "io/lines/line_server.h"
#include "mailban/config/config.h"
#include "mailban/control/access.h"
#include "mailban/control/answer.h"
#include "mailban/control/protocol.h"
#include "mailban/control/report.h"
#include "mailban/result.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

struct ControlLimits {
    std::size_t clients = 64;  // at once
    std::size_t readers = 48;  // of these, who may only read
    std::size_t of_user = 16;  // of those, one user's
    // Bytes of replies that wait to be read; beyond it no reader is answered.
    std::size_t waiting = 64U << 20U;
    std::chrono::milliseconds patience = std::chrono::seconds(10);
    // A refused client waits so long for the word, so that asking in a loop gains nothing.
    std::chrono::milliseconds pause = std::chrono::seconds(1);
    RateLimitSettings rate{};
};

class ControlServer {
public:
    // Answers one request; may suspend for as long as it has to wait for something, meanwhile the
    // other clients are served. The request lives until it has ended. What it throws is a refusal
    // for its client and ends nothing else, but for the want of memory (std::bad_alloc), in which
    // the daemon rather ends than goes on in part.
    using Handler = std::function<asio::awaitable<Answer>(const Request&, Right)>;

    ControlServer(asio::io_context& context, Handler handler, ControlLimits limits = {});
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    // Binds the socket and gives it to its group; where that cannot be, it is its owner's alone
    // (see problems()). A stale socket is replaced; one that answers is an error: another daemon
    // runs.
    Status listen(const ControlConfig& config);
    void close();

    ControlReport report() const;
    // Why the groups of the configuration have no say.
    const std::vector<std::string>& problems() const noexcept { return problems_; }

private:
    struct Client;

    void share(const ControlConfig& config);
    std::optional<std::string> refusal_of(const Client& client);
    bool has_place(const Client& client) const;
    asio::awaitable<void> serve(LineConnection& connection, Client client);
    asio::awaitable<void> converse(LineConnection& connection, const Client& client);
    asio::awaitable<std::string> answer(const Client& client, const std::string& line);
    asio::awaitable<Answer> handle(const Request& request, Right right);

    asio::io_context& context_;
    Handler handler_;
    ControlLimits limits_;
    LineServer server_;
    RateLimit rate_;
    Administrators administrators_{};
    std::string path_{};
    std::vector<std::string> problems_{};
    ControlReport report_{};
    std::size_t readers_ = 0;
    std::map<std::uint32_t, std::size_t> readers_of_{};  // by user
    std::size_t waiting_ = 0;
};

}  // namespace mailban::io
