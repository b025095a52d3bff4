#include "io/http/lines.h"

namespace mailban::io {

asio::awaitable<bool> read_line(StreamSocket& socket, std::size_t longest, std::string& buffer,
                                std::string& line)
{
    auto bounded = asio::dynamic_buffer(buffer, longest);
    const auto [ec, size] = co_await asio::async_read_until(socket, bounded, '\n', kNoThrow);
    if (ec) co_return false;
    line = buffer.substr(0, size - 1);
    buffer.erase(0, size);
    co_return true;
}

asio::awaitable<bool> write_all(StreamSocket& socket, const std::string& text)
{
    const auto bytes = asio::buffer(text);
    const auto [ec, size] = co_await asio::async_write(socket, bytes, kNoThrow);
    co_return !ec;
}

}  // namespace mailban::io
