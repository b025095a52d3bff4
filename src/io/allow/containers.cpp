#include "io/allow/containers.h"

#include "io/netlink/route_dump.h"

#include <ifaddrs.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>

#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>

namespace mailban::io {

namespace {

std::string text_of(const nlattr* attribute)
{
    const auto* const text = static_cast<const char*>(mnl_attr_get_payload(attribute));
    return {text, strnlen(text, mnl_attr_get_payload_len(attribute))};
}

// Of IFLA_LINKINFO: "bridge", "veth".
int take_kind(const nlattr* attribute, void* kind)
{
    if (mnl_attr_get_type(attribute) == IFLA_INFO_KIND)
        *static_cast<std::string*>(kind) = text_of(attribute);
    return MNL_CB_OK;
}

int take_attribute(const nlattr* attribute, void* into)
{
    auto& link = *static_cast<NetworkLink*>(into);
    switch (mnl_attr_get_type(attribute)) {
    case IFLA_IFNAME: link.name = text_of(attribute); break;
    case IFLA_MASTER: link.bridge = static_cast<int>(mnl_attr_get_u32(attribute)); break;
    case IFLA_LINKINFO: mnl_attr_parse_nested(attribute, take_kind, &link.kind); break;
    default: break;
    }
    return MNL_CB_OK;
}

unsigned ones_of(const std::uint8_t* bytes, std::size_t size)
{
    unsigned ones = 0;
    for (std::size_t at = 0; at < size; ++at)
        ones += static_cast<unsigned>(std::popcount(bytes[at]));
    return ones;
}

// The network that an interface's address lies in.
std::optional<Prefix> network_of(const ifaddrs& entry)
{
    if (entry.ifa_addr == nullptr || entry.ifa_netmask == nullptr) return std::nullopt;
    if (entry.ifa_addr->sa_family == AF_INET) {
        sockaddr_in address = {};
        sockaddr_in mask = {};
        std::memcpy(&address, entry.ifa_addr, sizeof address);
        std::memcpy(&mask, entry.ifa_netmask, sizeof mask);
        std::array<std::uint8_t, 4> bytes{};
        std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
        const auto ip = IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
        std::memcpy(bytes.data(), &mask.sin_addr, bytes.size());
        return Prefix::of(ip, ones_of(bytes.data(), bytes.size()));
    }
    if (entry.ifa_addr->sa_family == AF_INET6) {
        sockaddr_in6 address = {};
        sockaddr_in6 mask = {};
        std::memcpy(&address, entry.ifa_addr, sizeof address);
        std::memcpy(&mask, entry.ifa_netmask, sizeof mask);
        IpAddress::Bytes bytes{};
        std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
        return Prefix::of(IpAddress(bytes), ones_of(mask.sin6_addr.s6_addr, bytes.size()));
    }
    return std::nullopt;
}

std::vector<LinkNetwork> link_networks()
{
    std::vector<LinkNetwork> networks;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return networks;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (const auto network = network_of(*entry))
            networks.push_back({entry->ifa_name, *network});
    }
    return networks;
}

}  // namespace

void add_link(const nlmsghdr& message, std::vector<NetworkLink>& links)
{
    if (message.nlmsg_type != RTM_NEWLINK ||
        mnl_nlmsg_get_payload_len(&message) < sizeof(ifinfomsg))
        return;
    ifinfomsg info = {};
    std::memcpy(&info, mnl_nlmsg_get_payload(&message), sizeof info);
    NetworkLink link;
    link.index = info.ifi_index;
    mnl_attr_parse(&message, sizeof(ifinfomsg), take_attribute, &link);
    links.push_back(std::move(link));
}

PrefixSet container_networks()
{
    std::vector<NetworkLink> links;
    dump_route_table(RTM_GETLINK, sizeof(ifinfomsg), AF_UNSPEC,
                     [&links](const nlmsghdr& link) { add_link(link, links); });
    return mailban::container_networks(links, link_networks());
}

}  // namespace mailban::io
