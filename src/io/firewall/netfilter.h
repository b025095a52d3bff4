// Netfilter's netlink, for those who talk to the kernel themselves: its sockets and its errors.
#pragma once

#include "mailban/result.h"

#include <memory>

struct mnl_socket;

namespace mailban::io {

struct CloseNetfilter {
    void operator()(mnl_socket* socket) const noexcept;
};
using NetfilterSocket = std::unique_ptr<mnl_socket, CloseNetfilter>;

// Opened with `flags` besides SOCK_CLOEXEC, and bound to an address of its own.
Result<NetfilterSocket> open_netfilter(int flags);

// "cannot `what`: " and what errno says.
Error netfilter_failure(const char* what);

}  // namespace mailban::io
