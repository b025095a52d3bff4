// The kernel's netlink: its sockets, and questions that it answers with a list of messages.
#pragma once

#include "mailban/result.h"

#include <cstddef>
#include <functional>
#include <limits>
#include <memory>

struct mnl_socket;
struct nlmsghdr;

namespace mailban::io {

struct CloseNetlink {
    void operator()(mnl_socket* socket) const noexcept;
};
using NetlinkSocket = std::unique_ptr<mnl_socket, CloseNetlink>;

// A socket of `protocol` (NETLINK_ROUTE, …), opened with `flags` besides SOCK_CLOEXEC and bound to
// an address of its own. `name` is for messages: "cannot open `name`: Operation not permitted".
Result<NetlinkSocket> open_netlink(int protocol, int flags, const char* name);

// "cannot `what`: " and what `code`, an errno, says.
Error netlink_failure(const char* what, int code);

// Sends `request` and hands each message of the answer to `take`, up to the message that ends the
// answer; blocks until then. An acknowledgement (NLM_F_ACK) is an answer without messages.
//
// 0: that was all of it. Else an errno, which a caller may compare:
//   EINTR    what was asked for changed meanwhile, and the messages are no whole list;
//   EFBIG    `most` bytes were read, and more would follow. The socket is of no use any more;
//   another  why the kernel refuses, or why it cannot be asked.
using TakeNetlink = std::function<void(const nlmsghdr& message)>;
int ask_kernel(mnl_socket& socket, const nlmsghdr& request, const TakeNetlink& take,
               std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace mailban::io
