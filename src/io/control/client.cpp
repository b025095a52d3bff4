#include "io/control/client.h"

#include "io/asio.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <optional>
#include <utility>

namespace mailban::io {

namespace {

using asio::local::stream_protocol;

constexpr timeval kPatience = {60, 0};

std::string not_running_text(const std::string& path, const boost::system::error_code& ec)
{
    return "the daemon is not running (" + path + ": " + ec.message() + ")";
}

// What keeps the socket from being connected; nullopt: it is.
std::optional<Reply> connect(stream_protocol::socket& socket, const std::string& socket_path)
{
    if (socket_path.size() >= sizeof(sockaddr_un::sun_path))
        return Reply{{}, NoReply::failed, socket_path + " is too long for a socket's path"};
    boost::system::error_code ec;
    socket.connect(stream_protocol::endpoint(socket_path), ec);
    if (ec == boost::system::errc::permission_denied) {
        return Reply{{},
                     NoReply::failed,
                     "no permission to talk to the daemon on " + socket_path +
                         "; become root or join its group"};
    }
    if (ec) return Reply{{}, NoReply::not_running, not_running_text(socket_path, ec)};
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    return std::nullopt;
}

// The bytes of `buffer` up to the next newline, with it. One that was stopped and goes on is
// interrupted, because the socket has a time limit (signal(7)).
std::size_t read_line(stream_protocol::socket& socket, std::string& buffer,
                      boost::system::error_code& ec)
{
    std::size_t size = 0;
    do {
        size = asio::read_until(socket, asio::dynamic_buffer(buffer), '\n', ec);
    } while (ec == boost::system::errc::interrupted);
    return size;
}

void write_line(stream_protocol::socket& socket, const std::string& line,
                boost::system::error_code& ec)
{
    std::size_t done = 0;
    do {
        done += asio::write(socket, asio::buffer(line) + done, ec);
    } while (ec == boost::system::errc::interrupted);
}

Reply no_answer(const std::string& socket_path, const boost::system::error_code& ec)
{
    return {
        {}, NoReply::failed, "the daemon on " + socket_path + " does not answer: " + ec.message()};
}

}  // namespace

Reply ask_daemon(const std::string& socket_path, const Request& request)
{
    asio::io_context context;
    stream_protocol::socket socket(context);
    if (auto failed = connect(socket, socket_path)) return *failed;
    boost::system::error_code ec;
    write_line(socket, to_line(request), ec);
    std::string line;
    if (!ec) read_line(socket, line, ec);
    if (ec) return no_answer(socket_path, ec);
    line.pop_back();
    return {std::move(line), NoReply::failed, {}};
}

Reply follow_daemon(const std::string& socket_path, const Request& request,
                    const std::function<bool(const std::string& line)>& take)
{
    asio::io_context context;
    stream_protocol::socket socket(context);
    if (auto failed = connect(socket, socket_path)) return *failed;
    boost::system::error_code ec;
    write_line(socket, to_line(request), ec);
    if (ec) return no_answer(socket_path, ec);
    std::string buffer;
    for (bool is_first = true;; is_first = false) {
        const auto size = read_line(socket, buffer, ec);
        if (ec && is_first) return no_answer(socket_path, ec);
        if (ec) return {{}, NoReply::not_running, "the daemon has ended"};
        const std::string line = buffer.substr(0, size - 1);
        buffer.erase(0, size);
        if (!take(line)) return {};
        // Nothing may happen for days.
        const timeval for_ever = {0, 0};
        if (is_first)
            setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &for_ever, sizeof for_ever);
    }
}

}  // namespace mailban::io
