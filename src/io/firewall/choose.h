// choose_firewall: the backend that the configuration names, or the one that fits this machine.
#pragma once

#include "io/firewall/enforcer.h"
#include "io/firewall/firewall.h"
#include "io/process/process.h"
#include "mailban/config/config.h"

#include <memory>
#include <vector>

namespace mailban::io {

// `auto` takes firewalld if it is on the system bus, else ufw if it is active in the kernel, else
// (or where forwarded traffic counts) nftables if this process may use it, else it is an error that
// says what was tried and why not. A backend that is named is taken as it is: prepare() tells
// whether it works. Where `forward` is still `auto`, this blocks once to see what is handed on: the
// daemon has decided that before.
asio::awaitable<Result<std::unique_ptr<Firewall>>> choose_firewall(FirewallConfig config,
                                                                   PrefixLengths lengths,
                                                                   ProcessRunner run);

// Every backend that can be used here and may hold something of ours: the named one, or with `auto`
// all that answer, because an earlier `auto` may have chosen another.
asio::awaitable<std::vector<std::unique_ptr<Firewall>>> possible_firewalls(FirewallConfig config,
                                                                           PrefixLengths lengths,
                                                                           ProcessRunner run);

// An enforcer of all that the configuration says, with real programs and real sockets.
std::unique_ptr<Enforcer> make_enforcer(const asio::any_io_executor& executor,
                                        const FirewallConfig& config, const PrefixLengths& lengths,
                                        Clock clock);

}  // namespace mailban::io
