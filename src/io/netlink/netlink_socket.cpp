#include "io/netlink/netlink_socket.h"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

namespace mailban::io {

namespace {

// More than the kernel puts into one datagram.
constexpr std::size_t kNetlinkBuffer = std::size_t{64} * 1024;

int hand_over_message(const nlmsghdr* message, void* take)
{
    (*static_cast<const TakeNetlink*>(take))(*message);
    return MNL_CB_OK;
}

}  // namespace

void CloseNetlink::operator()(mnl_socket* socket) const noexcept
{
    mnl_socket_close(socket);
}

Error netlink_failure(const char* what, int code)
{
    return Error{std::string("cannot ") + what + ": " + std::generic_category().message(code)};
}

Result<NetlinkSocket> open_netlink(int protocol, int flags, const char* name)
{
    NetlinkSocket socket(mnl_socket_open2(protocol, SOCK_CLOEXEC | flags));
    if (!socket) return netlink_failure((std::string("open ") + name).c_str(), errno);
    if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
        return netlink_failure((std::string("bind ") + name).c_str(), errno);
    return socket;
}

int ask_kernel(mnl_socket& socket, const nlmsghdr& request, const TakeNetlink& take,
               std::size_t most)
{
    if (mnl_socket_sendto(&socket, &request, request.nlmsg_len) < 0) return errno;
    alignas(nlmsghdr) std::array<char, kNetlinkBuffer>
        buffer;  // NOLINT: not zeroed, recv() fills it
    const unsigned port = mnl_socket_get_portid(&socket);
    for (std::size_t read = 0; read < most;) {
        const auto size = mnl_socket_recvfrom(&socket, buffer.data(), buffer.size());
        if (size < 0 && errno == EINTR) continue;  // a signal
        if (size < 0) return errno;
        if (size == 0) return EIO;
        const int state = mnl_cb_run(buffer.data(), static_cast<std::size_t>(size),
                                     request.nlmsg_seq, port, hand_over_message,
                                     const_cast<TakeNetlink*>(&take));  // NOLINT: a C interface
        if (state == MNL_CB_STOP) return 0;
        if (state < 0) return errno;
        read += static_cast<std::size_t>(size);
    }
    return EFBIG;
}

}  // namespace mailban::io
