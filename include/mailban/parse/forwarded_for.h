// The client behind a chain of forwarded addresses: "192.0.2.44:56383, 172.20.0.200".
//
// Each proxy appends its peer, so that the end of the list is nearest to us and most certain. What
// stands left of the first address that is no proxy is the client's own text.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/net/prefix.h"

#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

// The addresses that forward for others.
struct Proxies {
    std::vector<Prefix> prefixes{};  // that the configuration names
    // A private address behind a public one is a proxy, too. An empty list in the configuration
    // says that it is not.
    bool private_by_nature = true;

    bool contains(const IpAddress& ip) const noexcept;
    // Whether it may speak for others, if it names a public address.
    bool may_forward(const IpAddress& ip) const noexcept;
    bool operator==(const Proxies&) const = default;
};

// One address of a chain, without its port: "192.0.2.7", "192.0.2.7:56383", "2001:db8::7",
// "[2001:db8::7]", "[2001:db8::7]:56383". nullopt: it is something else.
std::optional<IpAddress> read_forwarded_address(std::string_view text) noexcept;

// The last address that is no proxy; where every one is, the first, which is one of the
// configuration's. nullopt: it cannot be read for certain.
std::optional<IpAddress> client_of_chain(std::string_view chain, const Proxies& proxies) noexcept;

// The same for a chain that a peer has sent: the peer is the chain's end. A peer that is no proxy
// is the client, whatever the chain says.
std::optional<IpAddress> client_of_chain(std::string_view chain, const IpAddress& peer,
                                         const Proxies& proxies) noexcept;

}  // namespace mailban
