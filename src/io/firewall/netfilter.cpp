#include "io/firewall/netfilter.h"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace mailban::io {

void CloseNetfilter::operator()(mnl_socket* socket) const noexcept
{
    mnl_socket_close(socket);
}

Error netfilter_failure(const char* what)
{
    return Error{std::string("cannot ") + what + ": " + std::generic_category().message(errno)};
}

Result<NetfilterSocket> open_netfilter(int flags)
{
    NetfilterSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | flags));
    if (!socket) return netfilter_failure("open netfilter's netlink");
    if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
        return netfilter_failure("bind netfilter's netlink");
    return socket;
}

}  // namespace mailban::io
