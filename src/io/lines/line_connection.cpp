#include "io/lines/line_connection.h"

#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

using namespace asio::experimental::awaitable_operators;

LineConnection::LineConnection(Socket socket, LineLimits limits)
    : socket_(std::move(socket)), limits_(limits)
{
}

asio::awaitable<std::optional<std::string>> LineConnection::read()
{
    asio::steady_timer timer(socket_.get_executor());
    if (limits_.silence && buffer_.empty()) {
        const auto silence = *limits_.silence;
        const auto begun = co_await (until_begun() || give_up_after(timer, silence));
        if (begun.index() != 0 || !std::get<0>(begun)) co_return std::nullopt;
    }
    const auto limit = limits_.line;
    const auto got = co_await (read_to_newline() || give_up_after(timer, limit));
    if (got.index() != 0 || !std::get<0>(got)) co_return std::nullopt;
    co_return std::move(line_);
}

asio::awaitable<bool> LineConnection::write(std::string text)
{
    asio::steady_timer timer(socket_.get_executor());
    const auto limit = limits_.line;
    const auto sent = co_await (write_all(text) || give_up_after(timer, limit));
    co_return sent.index() == 0 && std::get<0>(sent);
}

asio::awaitable<bool> LineConnection::until_begun()
{
    const auto [ec] = co_await socket_.async_wait(Socket::wait_read, kNoThrow);
    co_return !ec;
}

asio::awaitable<bool> LineConnection::read_to_newline()
{
    auto bounded = asio::dynamic_buffer(buffer_, limits_.longest);
    const auto [ec, size] = co_await asio::async_read_until(socket_, bounded, '\n', kNoThrow);
    is_too_long_ = ec == asio::error::not_found;
    if (ec) co_return false;
    line_ = buffer_.substr(0, size - 1);
    buffer_.erase(0, size);
    co_return true;
}

asio::awaitable<bool> LineConnection::write_all(const std::string& text)
{
    const auto bytes = asio::buffer(text);
    const auto [ec, size] = co_await asio::async_write(socket_, bytes, kNoThrow);
    co_return !ec;
}

asio::awaitable<void> LineConnection::give_up_after(asio::steady_timer& timer,
                                                    std::chrono::milliseconds limit)
{
    timer.expires_after(limit);
    co_await timer.async_wait(kNoThrow);
}

}  // namespace mailban::io
