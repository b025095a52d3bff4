#include "io/control/socket_name.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace mailban::io {

namespace {

using UnixStream = asio::local::stream_protocol;

// The directory may not be there: /run is empty after a boot without systemd's help.
Status make_parent(const std::string& path)
{
    std::error_code ec;
    const auto parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) std::filesystem::create_directories(parent, ec);
    if (ec) return Error{"cannot create " + parent.string() + ": " + ec.message()};
    return Done{};
}

}  // namespace

bool is_answered(asio::io_context& context, const std::string& path)
{
    UnixStream::socket probe(context);
    boost::system::error_code ec;
    probe.connect(UnixStream::endpoint(path), ec);
    return !ec;
}

Status clear_socket_name(asio::io_context& context, const std::string& path,
                         const std::string& subject, const std::string& setting)
{
    const std::string name = subject + " " + path;
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return Error{name + ": the path is too long for a socket"};
    if (auto made = make_parent(path); !made) return made;
    if (is_answered(context, path)) return Error{name + ": another mailban daemon uses it"};
    struct stat st = {};
    if (::lstat(path.c_str(), &st) != 0) return Done{};
    // Anything else is a file that a configuration names by mistake, and whoever's it is keeps it.
    if (!S_ISSOCK(st.st_mode))
        return Error{name + " exists and is not a socket; remove it or change " + setting};
    ::unlink(path.c_str());
    return Done{};
}

}  // namespace mailban::io
