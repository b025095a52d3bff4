#include "io/allow/netlink_dump.h"

#include <linux/netlink.h>

#include <array>
#include <cstring>
#include <memory>

namespace mailban::io {

namespace {

// Default routes come first. Whoever has a router's tables is not made to read all of them.
constexpr std::size_t kMostRead = std::size_t{8} << 20U;
constexpr std::size_t kBuffer = std::size_t{32} << 10U;  // what the kernel fills at most

struct CloseSocket {
    void operator()(mnl_socket* socket) const noexcept { mnl_socket_close(socket); }
};

}  // namespace

void dump_netlink(std::uint16_t question, std::size_t header, std::uint8_t family, mnl_cb_t take,
                  void* data)
{
    // One socket for each question: what is left unread of one answer would stand in the next.
    const std::unique_ptr<mnl_socket, CloseSocket> socket(
        mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
    if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0) return;
    alignas(nlmsghdr) std::array<char, kBuffer> buffer{};
    nlmsghdr* const message = mnl_nlmsg_put_header(buffer.data());
    message->nlmsg_type = question;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = family;
    // The family is the first byte of them all.
    std::memset(mnl_nlmsg_put_extra_header(message, header), family, 1);
    if (mnl_socket_sendto(socket.get(), message, message->nlmsg_len) < 0) return;
    const unsigned port = mnl_socket_get_portid(socket.get());
    for (std::size_t read = 0; read < kMostRead;) {
        const auto size = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
        if (size <= 0) return;
        const auto length = static_cast<std::size_t>(size);
        if (mnl_cb_run(buffer.data(), length, family, port, take, data) <= MNL_CB_STOP) return;
        read += length;
    }
}

}  // namespace mailban::io
