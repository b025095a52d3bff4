#include "io/firewall/socket_killer.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

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

struct Request {
    nlmsghdr header{};
    inet_diag_req_v2 body{};
};

struct Socket {
    std::uint8_t family = 0;
    inet_diag_sockid id{};
};

class Netlink {
public:
    Netlink() : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}
    ~Netlink()
    {
        if (fd_ >= 0) ::close(fd_);
    }
    Netlink(const Netlink&) = delete;
    Netlink& operator=(const Netlink&) = delete;

    int fd() const noexcept { return fd_; }

private:
    int fd_;
};

Error failure(const char* what, int code)
{
    return Error{std::string("cannot ") + what + ": " + std::strerror(code)};
}

Status send(const Netlink& netlink, Request request)
{
    request.header.nlmsg_len = sizeof request;
    request.body.sdiag_protocol = IPPROTO_TCP;
    if (::send(netlink.fd(), &request, sizeof request, 0) < 0)
        return failure("ask for open connections", errno);
    return Done{};
}

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

// What one datagram of a listing says: 0 go on, 1 the end, -errno a failure.
int read_datagram(const char* data, std::size_t size, const Sought& sought,
                  std::vector<Socket>& found)
{
    auto left = static_cast<unsigned>(size);
    for (const auto* header = reinterpret_cast<const nlmsghdr*>(data); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
        if (header->nlmsg_type == NLMSG_DONE) return 1;
        if (header->nlmsg_type == NLMSG_ERROR)
            return static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
        const auto& socket = *static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
        if (sought.contains(ntohs(socket.id.idiag_sport), remote_of(socket)))
            found.push_back({socket.idiag_family, socket.id});
    }
    return 0;
}

Result<std::vector<Socket>> list(const Netlink& netlink, std::uint8_t family, const Sought& sought)
{
    Request request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.body.sdiag_family = family;
    request.body.idiag_states = kStates;
    if (const auto sent = send(netlink, request); !sent) return sent.error();

    std::vector<Socket> found;
    alignas(nlmsghdr) std::array<char, 32768> buffer{};
    for (;;) {
        const auto size = ::recv(netlink.fd(), buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) return failure("list open connections", errno);
        const int state =
            read_datagram(buffer.data(), static_cast<std::size_t>(size), sought, found);
        if (state == 1) return found;
        if (state < 0) return failure("list open connections", -state);
    }
}

// 0, or what the kernel says against it.
int destroy(const Netlink& netlink, const Socket& socket)
{
    Request request;
    request.header.nlmsg_type = SOCK_DESTROY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    request.body.sdiag_family = socket.family;
    request.body.idiag_states = kStates;
    request.body.id = socket.id;
    if (!send(netlink, request)) return EIO;

    alignas(nlmsghdr) std::array<char, 1024> buffer{};
    const auto size = ::recv(netlink.fd(), buffer.data(), buffer.size(), 0);
    const auto* header = reinterpret_cast<const nlmsghdr*>(buffer.data());
    if (size < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) return EIO;
    if (header->nlmsg_type != NLMSG_ERROR) return EIO;
    return -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
}

// Counts those that it ended. 0, or what the kernel says against ending any.
int destroy_all(const Netlink& netlink, const std::vector<Socket>& sockets, std::size_t& ended)
{
    for (const auto& socket : sockets) {
        const int code = destroy(netlink, socket);
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
    const Netlink netlink;
    if (netlink.fd() < 0) return failure("open socket diagnostics", errno);
    std::size_t killed = 0;
    for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
        const auto sockets = list(netlink, family, {banned, ports_});
        if (!sockets) return sockets.error();
        const int code = destroy_all(netlink, *sockets, killed);
        is_able_ = code != EOPNOTSUPP;
        if (!is_able_)
            return Error{"this kernel cannot destroy connections (CONFIG_INET_DIAG_DESTROY)"};
        if (code != 0) return failure("end open connections", code);
    }
    return killed;
}

}  // namespace mailban::io
