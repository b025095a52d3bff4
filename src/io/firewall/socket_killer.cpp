#include "io/firewall/socket_killer.h"

#include "io/netlink/netlink_socket.h"

#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace mailban::io {

namespace {

// TCP_NEW_SYN_RECV of the kernel: a handshake that has not ended yet. No header of ours names it.
constexpr unsigned kNewSynReceived = 12;
// Neither listeners nor TIME_WAIT, which hold no conversation.
constexpr std::uint32_t kStates = 1U << TCP_ESTABLISHED | 1U << TCP_SYN_RECV | 1U << TCP_FIN_WAIT1 |
                                  1U << TCP_FIN_WAIT2 | 1U << TCP_CLOSE_WAIT | 1U << TCP_LAST_ACK |
                                  1U << TCP_CLOSING | 1U << kNewSynReceived;

struct Socket {
    std::uint8_t family = 0;
    inet_diag_sockid id{};
};

// A question about TCP's sockets. Its number distinguishes its answer from others.
class DiagRequest {
public:
    DiagRequest(std::uint16_t type, std::uint16_t flags, std::uint32_t number)
        : header_(mnl_nlmsg_put_header(buffer_.data()))
    {
        header_->nlmsg_type = type;
        header_->nlmsg_flags = NLM_F_REQUEST | flags;
        header_->nlmsg_seq = number;
        auto* const body = mnl_nlmsg_put_extra_header(header_, sizeof(inet_diag_req_v2));
        body_ = static_cast<inet_diag_req_v2*>(body);
        body_->sdiag_protocol = IPPROTO_TCP;
        body_->idiag_states = kStates;
    }
    inet_diag_req_v2& body() { return *body_; }
    const nlmsghdr& message() const { return *header_; }

private:
    alignas(nlmsghdr) std::array<char, 128> buffer_{};
    nlmsghdr* header_;
    inet_diag_req_v2* body_ = nullptr;
};

IpAddress remote_of(const inet_diag_msg& socket)
{
    // The kernel's words are in network order, as bytes are everywhere else.
    IpAddress::Bytes bytes{};
    std::memcpy(bytes.data(), static_cast<const void*>(&socket.id.idiag_dst), bytes.size());
    if (socket.idiag_family == AF_INET)
        return IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
    return IpAddress(bytes);
}

// Whose connections to which ports are to be ended.
struct Sought {
    const BannedByPorts& banned;
    const PortGroups& ports;

    bool contains(std::uint16_t port, const IpAddress& client) const
    {
        const auto holds = [&](const auto& one) {
            const auto& [all, list] = ports.ports(one.first);
            return (all || std::binary_search(list.begin(), list.end(), port)) &&
                   one.second.contains(client);
        };
        return std::any_of(banned.begin(), banned.end(), holds);
    }
};

// 0, or what the kernel says against it.
int list(mnl_socket& netlink, std::uint8_t family, const Sought& sought, std::vector<Socket>& found)
{
    DiagRequest request(SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, 1);
    request.body().sdiag_family = family;
    return ask_kernel(netlink, request.message(), [&](const nlmsghdr& answer) {
        if (mnl_nlmsg_get_payload_len(&answer) < sizeof(inet_diag_msg)) return;
        const auto& socket = *static_cast<const inet_diag_msg*>(mnl_nlmsg_get_payload(&answer));
        if (sought.contains(ntohs(socket.id.idiag_sport), remote_of(socket)))
            found.push_back({socket.idiag_family, socket.id});
    });
}

// 0, or what the kernel says against it.
int destroy(mnl_socket& netlink, const Socket& socket, std::uint32_t number)
{
    DiagRequest request(SOCK_DESTROY, NLM_F_ACK, number);
    request.body().sdiag_family = socket.family;
    request.body().id = socket.id;
    return ask_kernel(netlink, request.message(), [](const nlmsghdr&) {});
}

// Counts those that it ended. 0, or what the kernel says against ending any.
int destroy_all(mnl_socket& netlink, const std::vector<Socket>& sockets, std::size_t& ended)
{
    std::uint32_t number = 1;
    for (const auto& socket : sockets) {
        const int code = destroy(netlink, socket, ++number);
        if (code == EOPNOTSUPP || code == EPERM) return code;
        // ENOENT: it ended by itself meanwhile.
        if (code == 0) ++ended;
    }
    return 0;
}

}  // namespace

Result<std::size_t> SocketKiller::kill(const BannedByPorts& banned)
{
    if (!is_able_ || banned.empty()) return std::size_t{0};
    const auto netlink = open_netlink(NETLINK_SOCK_DIAG, 0, "socket diagnostics");
    if (!netlink) return netlink.error();
    std::size_t killed = 0;
    for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
        std::vector<Socket> sockets;
        if (const int code = list(**netlink, family, {banned, ports_}, sockets); code != 0)
            return netlink_failure("list open connections", code);
        const int code = destroy_all(**netlink, sockets, killed);
        is_able_ = code != EOPNOTSUPP;
        if (!is_able_)
            return Error{"this kernel cannot destroy connections (CONFIG_INET_DIAG_DESTROY)"};
        if (code != 0) return netlink_failure("end open connections", code);
    }
    return killed;
}

}  // namespace mailban::io
