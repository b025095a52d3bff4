#include "io/netlink/route_dump.h"

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <array>
#include <cstring>

namespace mailban::io {

namespace {

// Default routes come first. Whoever has a router's tables is not made to read all of them.
constexpr std::size_t kMostRead = std::size_t{8} << 20U;
constexpr std::size_t kLongestQuestion = 256;

}  // namespace

void dump_route_table(std::uint16_t question, std::size_t header, std::uint8_t family,
                      const TakeNetlink& take)
{
    // One socket for each question: what is left unread of one answer would stand in the next.
    const auto socket = open_netlink(NETLINK_ROUTE, 0, "the kernel's routes");
    if (!socket) return;
    alignas(nlmsghdr) std::array<char, kLongestQuestion> buffer{};
    nlmsghdr* const message = mnl_nlmsg_put_header(buffer.data());
    message->nlmsg_type = question;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message->nlmsg_seq = family;
    // The family is the first byte of them all.
    std::memset(mnl_nlmsg_put_extra_header(message, header), family, 1);
    ask_kernel(**socket, *message, take, kMostRead);
}

}  // namespace mailban::io
