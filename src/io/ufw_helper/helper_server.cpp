#include "io/ufw_helper/helper_server.h"

#include <sys/socket.h>

#include <iostream>
#include <utility>

namespace mailban::io {

HelperServer::HelperServer(asio::io_context& context, int listening, uid_t user, Answer answer,
                           HelperLimits limits)
    : listening_(context, StreamProtocol(AF_UNIX, 0), listening),
      answer_(std::move(answer)),
      limits_(limits),
      server_(
          context, {.longest = kMaxUfwRequest, .line = limits.request, .silence = limits.silence},
          [this](const Peer&) -> std::optional<std::string> {
              if (server_.clients() < limits_.clients) return std::nullopt;
              return std::string();
          },
          [this, user](LineConnection& client, const Peer& peer) {
              return serve(client, peer.user == 0 || peer.user == user);
          }),
      idle_(context),
      free_(context)
{
}

asio::awaitable<void> HelperServer::run()
{
    if (!is_stopping_) server_.start(std::move(listening_));
    // Set anew whenever the last client has gone.
    idle_.expires_after(limits_.idle);
    while (!is_stopping_ || in_hand_ > 0) {
        const auto [ec] = co_await idle_.async_wait(kNoThrow);
        if (!ec && server_.clients() == 0) break;
        if (!ec) idle_.expires_after(limits_.idle);
    }
    server_.close();
}

void HelperServer::stop()
{
    is_stopping_ = true;
    server_.close();
    idle_.cancel();
}

asio::awaitable<void> HelperServer::serve(LineConnection& client, bool may_ask)
{
    if (may_ask) {
        co_await talk(client);
    } else {
        std::string refusal = "error this user may ask nothing here\n";
        co_await client.write(std::move(refusal));
    }
    // Of those that are served this one is the last.
    if (server_.clients() == 1) idle_.expires_after(limits_.idle);
}

asio::awaitable<void> HelperServer::talk(LineConnection& client)
{
    while (true) {
        auto line = co_await client.read();
        // One request, then its answer: whoever sends more at once does not keep to that.
        const bool is_more = client.is_too_long() || (line && client.has_more());
        if (is_more) line = "more than a request";
        if (!line) co_return;
        const auto request = parse_ufw_request(*line);
        ++in_hand_;
        auto reply = co_await answer(std::move(*line));
        const bool sent = co_await client.write(std::move(reply));
        --in_hand_;
        if (is_stopping_) idle_.cancel();
        // Nobody but mailban writes here; whoever errs once is not listened to twice.
        if (!sent || !request) co_return;
    }
}

asio::awaitable<std::string> HelperServer::answer(std::string line)
{
    const auto request = parse_ufw_request(line);
    if (!request) co_return ufw_reply(request.error());
    while (is_busy_) {
        free_.expires_at(std::chrono::steady_clock::time_point::max());
        co_await free_.async_wait(kNoThrow);
    }
    if (is_stopping_) co_return ufw_reply(Error{"the ufw helper is being stopped"});
    is_busy_ = true;
    const auto answered = co_await answer_(*request);
    is_busy_ = false;
    free_.cancel();
    auto reply = ufw_reply(answered);
    if (!answered) std::cerr << line << ": " << reply;
    co_return reply;
}

}  // namespace mailban::io
