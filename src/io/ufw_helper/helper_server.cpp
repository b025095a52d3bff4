#include "io/ufw_helper/helper_server.h"

#include "io/control/peer.h"

#include <iostream>
#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

using asio::local::stream_protocol;
using namespace asio::experimental::awaitable_operators;

asio::awaitable<void> until(asio::steady_timer& timer, std::chrono::milliseconds limit)
{
    timer.expires_after(limit);
    co_await timer.async_wait(kNoThrow);
}

asio::awaitable<bool> until_readable(stream_protocol::socket& client)
{
    const auto [ec] = co_await client.async_wait(stream_protocol::socket::wait_read, kNoThrow);
    co_return !ec;
}

// With its newline; empty where there is none within the longest request.
asio::awaitable<std::string> read_line(stream_protocol::socket& client)
{
    std::string line;
    auto bounded = asio::dynamic_buffer(line, kMaxUfwRequest);
    const auto [ec, size] = co_await asio::async_read_until(client, bounded, '\n', kNoThrow);
    // One request, then its answer: whoever sends more at once does not keep to that.
    if (ec == asio::error::not_found || (!ec && size != line.size()))
        line = "more than a request\n";
    else if (ec)
        line.clear();
    co_return line;
}

asio::awaitable<bool> write_all(stream_protocol::socket& client, const std::string& text)
{
    const auto bytes = asio::buffer(text);
    const auto [ec, size] = co_await asio::async_write(client, bytes, kNoThrow);
    co_return !ec;
}

}  // namespace

HelperServer::HelperServer(asio::io_context& context, int listening, uid_t user, Answer answer,
                           HelperLimits limits)
    : context_(context),
      acceptor_(context, stream_protocol(), listening),
      user_(user),
      answer_(std::move(answer)),
      limits_(limits),
      idle_(context),
      free_(context)
{
}

asio::awaitable<void> HelperServer::run()
{
    asio::co_spawn(context_, accept_clients(), asio::detached);
    // Set anew whenever the last client has gone.
    idle_.expires_after(limits_.idle);
    while (!is_stopping_ || in_hand_ > 0) {
        const auto [ec] = co_await idle_.async_wait(kNoThrow);
        if (!ec && clients_ == 0) break;
        if (!ec) idle_.expires_after(limits_.idle);
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
}

void HelperServer::stop()
{
    is_stopping_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    idle_.cancel();
}

asio::awaitable<void> HelperServer::accept_clients()
{
    asio::steady_timer pause(context_);
    while (acceptor_.is_open()) {
        auto [ec, client] = co_await acceptor_.async_accept(kNoThrow);
        if (!acceptor_.is_open()) co_return;
        if (ec) {
            // Out of descriptors, most likely: some will come free.
            co_await until(pause, std::chrono::milliseconds(100));
            continue;
        }
        if (clients_ < limits_.clients)
            asio::co_spawn(context_, serve(std::move(client)), asio::detached);
    }
}

asio::awaitable<void> HelperServer::serve(Socket client)
{
    ++clients_;
    const auto peer = peer_of(client.native_handle());
    if (peer && (peer->user == 0 || peer->user == user_)) {
        co_await talk(client);
    } else {
        std::string refusal = "error this user may ask nothing here\n";
        co_await send(client, std::move(refusal));
    }
    if (--clients_ == 0) idle_.expires_after(limits_.idle);
}

asio::awaitable<void> HelperServer::talk(Socket& client)
{
    while (true) {
        auto line = co_await next_line(client);
        if (line.empty()) co_return;
        line.pop_back();
        const auto request = parse_ufw_request(line);
        ++in_hand_;
        auto reply = co_await answer(std::move(line));
        const bool sent = co_await send(client, std::move(reply));
        --in_hand_;
        if (is_stopping_) idle_.cancel();
        // Nobody but mailban writes here; whoever errs once is not listened to twice.
        if (!sent || !request) co_return;
    }
}

// Empty: there is none, for whatever reason.
asio::awaitable<std::string> HelperServer::next_line(Socket& client)
{
    asio::steady_timer silence(context_);
    const auto begun = co_await (until_readable(client) || until(silence, limits_.silence));
    if (begun.index() != 0 || !std::get<0>(begun)) co_return std::string();
    asio::steady_timer patience(context_);
    const auto got = co_await (read_line(client) || until(patience, limits_.request));
    if (got.index() != 0) co_return std::string();
    co_return std::get<0>(got);
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

asio::awaitable<bool> HelperServer::send(Socket& client, std::string text)
{
    asio::steady_timer patience(context_);
    const auto sent = co_await (write_all(client, text) || until(patience, limits_.request));
    co_return sent.index() == 0 && std::get<0>(sent);
}

}  // namespace mailban::io
