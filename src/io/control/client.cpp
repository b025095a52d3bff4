#include "io/control/client.h"

#include "io/asio.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

namespace mailban::io {

namespace {

using asio::local::stream_protocol;

constexpr timeval kPatience = {60, 0};

std::string not_running_text(const std::string& path, const boost::system::error_code& ec)
{
    return "the daemon is not running (" + path + ": " + ec.message() + ")";
}

}  // namespace

Reply ask_daemon(const std::string& socket_path, const Request& request)
{
    if (socket_path.size() >= sizeof(sockaddr_un::sun_path)) {
        return {{}, NoReply::failed, socket_path + " is too long for a socket's path"};
    }
    asio::io_context context;
    stream_protocol::socket socket(context);
    boost::system::error_code ec;
    socket.connect(stream_protocol::endpoint(socket_path), ec);
    if (ec == boost::system::errc::permission_denied) {
        return {{},
                NoReply::failed,
                "no permission to talk to the daemon on " + socket_path +
                    "; become root or join its group"};
    }
    if (ec) return {{}, NoReply::not_running, not_running_text(socket_path, ec)};
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);

    asio::write(socket, asio::buffer(to_line(request)), ec);
    std::string line;
    if (!ec) asio::read_until(socket, asio::dynamic_buffer(line), '\n', ec);
    if (ec)
        return {{},
                NoReply::failed,
                "the daemon on " + socket_path + " does not answer: " + ec.message()};
    line.pop_back();
    return {std::move(line), NoReply::failed, {}};
}

}  // namespace mailban::io
