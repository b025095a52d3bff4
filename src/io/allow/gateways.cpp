#include "io/allow/gateways.h"

#include "io/netlink/route_dump.h"

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>

namespace mailban::io {

namespace {

std::optional<IpAddress> to_address(int family, const void* bytes, std::size_t size)
{
    if (family == AF_INET && size >= 4) {
        std::array<std::uint8_t, 4> v4{};
        std::memcpy(v4.data(), bytes, v4.size());
        return IpAddress::v4(v4[0], v4[1], v4[2], v4[3]);
    }
    if (family == AF_INET6 && size >= 16) {
        IpAddress::Bytes v6{};
        std::memcpy(v6.data(), bytes, v6.size());
        return IpAddress(v6);
    }
    return std::nullopt;
}

void add(const std::optional<IpAddress>& address, PrefixSet& gateways)
{
    if (address && !address->is_unspecified()) gateways.insert(Prefix::host(*address));
}

// One attribute of a route or of one of its hops.
void add_hop(const nlattr* attribute, int family, PrefixSet& gateways)
{
    const auto* const payload = static_cast<const char*>(mnl_attr_get_payload(attribute));
    const std::size_t size = mnl_attr_get_payload_len(attribute);
    switch (mnl_attr_get_type(attribute)) {
    case RTA_GATEWAY: return add(to_address(family, payload, size), gateways);
    case RTA_VIA: {
        // A hop of the other family: its number, and the address.
        std::uint16_t via = 0;
        if (size <= sizeof via) return;
        std::memcpy(&via, payload, sizeof via);
        return add(to_address(via, payload + sizeof via, size - sizeof via), gateways);
    }
    default: return;
    }
}

void add_attributes(const char* at, std::size_t size, int family, PrefixSet& gateways);

// RTA_MULTIPATH: each hop has attributes of its own.
void add_hops(const char* at, std::size_t size, int family, PrefixSet& gateways)
{
    while (size >= sizeof(rtnexthop)) {
        rtnexthop hop = {};
        std::memcpy(&hop, at, sizeof hop);
        if (hop.rtnh_len < sizeof hop || hop.rtnh_len > size) return;
        add_attributes(at + sizeof hop, hop.rtnh_len - sizeof hop, family, gateways);
        const std::size_t step = std::min<std::size_t>(RTNH_ALIGN(hop.rtnh_len), size);
        at += step;
        size -= step;
    }
}

void add_attributes(const char* at, std::size_t size, int family, PrefixSet& gateways)
{
    const char* const end = at + size;
    const auto* attribute = reinterpret_cast<const nlattr*>(at);
    while (
        mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const char*>(attribute)))) {
        if (mnl_attr_get_type(attribute) == RTA_MULTIPATH) {
            add_hops(static_cast<const char*>(mnl_attr_get_payload(attribute)),
                     mnl_attr_get_payload_len(attribute), family, gateways);
        } else {
            add_hop(attribute, family, gateways);
        }
        attribute = mnl_attr_next(attribute);
    }
}

}  // namespace

void add_gateways(const nlmsghdr& message, PrefixSet& gateways)
{
    if (message.nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(&message) < sizeof(rtmsg))
        return;
    rtmsg route = {};
    std::memcpy(&route, mnl_nlmsg_get_payload(&message), sizeof route);
    if (route.rtm_dst_len != 0 || route.rtm_type != RTN_UNICAST) return;
    const auto* const attributes =
        static_cast<const char*>(mnl_nlmsg_get_payload_offset(&message, sizeof route));
    const auto* const end = static_cast<const char*>(mnl_nlmsg_get_payload_tail(&message));
    if (attributes < end) {
        add_attributes(attributes, static_cast<std::size_t>(end - attributes), route.rtm_family,
                       gateways);
    }
}

PrefixSet default_gateways()
{
    PrefixSet gateways;
    for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}})
        dump_route_table(RTM_GETROUTE, sizeof(rtmsg), family,
                         [&gateways](const nlmsghdr& route) { add_gateways(route, gateways); });
    return gateways;
}

}  // namespace mailban::io
