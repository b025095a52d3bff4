#include "io/lines/line_connection.h"

#include <utility>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

using namespace asio::experimental::awaitable_operators;

LineConnection::LineConnection(StreamSocket& socket, LineLimits limits)
    : socket_(socket), limits_(limits)
{
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
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

std::optional<std::string> LineConnection::take_buffered()
{
    if (!take_line()) return std::nullopt;
    return std::move(line_);
}

asio::awaitable<bool> LineConnection::write(std::string text)
{
    boost::system::error_code ec;
    const auto at_once = socket_.write_some(asio::buffer(text), ec);
    if (!ec && at_once == text.size()) co_return true;
    if (ec && ec != asio::error::would_block && ec != asio::error::try_again) co_return false;
    const auto rest = std::string_view(text).substr(at_once);
    asio::steady_timer timer(socket_.get_executor());
    const auto limit = limits_.line;
    const auto sent = co_await (write_all(rest) || give_up_after(timer, limit));
    co_return sent.index() == 0 && std::get<0>(sent);
}

asio::awaitable<bool> LineConnection::until_begun()
{
    const auto [ec] = co_await socket_.async_wait(StreamSocket::wait_read, kNoThrow);
    co_return !ec;
}

asio::awaitable<bool> LineConnection::read_to_newline()
{
    auto bounded = asio::dynamic_buffer(buffer_, limits_.longest);
    const auto [ec, size] = co_await asio::async_read_until(socket_, bounded, '\n', kNoThrow);
    is_too_long_ = ec == asio::error::not_found;
    co_return !ec && take_line();
}

bool LineConnection::take_line()
{
    const auto end = buffer_.find('\n');
    if (end == std::string::npos) return false;
    line_ = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return true;
}

asio::awaitable<bool> LineConnection::write_all(std::string_view text)
{
    const auto bytes = asio::buffer(text.data(), text.size());
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
