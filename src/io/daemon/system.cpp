#include "io/daemon/system.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include <cstring>
#include <memory>
#include <random>

namespace mailban::io {

Timestamp system_now()
{
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

void raise_descriptor_limit()
{
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    // Where it fails, the limit of before holds.
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

PrefixSet own_addresses()
{
    PrefixSet own;
    ifaddrs* list = nullptr;
    if (getifaddrs(&list) != 0) return own;
    const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        if (entry->ifa_addr == nullptr) continue;
        if (entry->ifa_addr->sa_family == AF_INET) {
            sockaddr_in v4 = {};
            std::memcpy(&v4, entry->ifa_addr, sizeof v4);
            const auto bits = ntohl(v4.sin_addr.s_addr);
            own.insert(Prefix::host(IpAddress::v4(
                static_cast<std::uint8_t>(bits >> 24U), static_cast<std::uint8_t>(bits >> 16U),
                static_cast<std::uint8_t>(bits >> 8U), static_cast<std::uint8_t>(bits))));
        } else if (entry->ifa_addr->sa_family == AF_INET6) {
            sockaddr_in6 v6 = {};
            std::memcpy(&v6, entry->ifa_addr, sizeof v6);
            IpAddress::Bytes bytes;
            std::memcpy(bytes.data(), v6.sin6_addr.s6_addr, bytes.size());
            own.insert(Prefix::host(IpAddress(bytes)));
        }
    }
    return own;
}

std::uint64_t random_seed()
{
    std::random_device device;
    return (static_cast<std::uint64_t>(device()) << 32U) | device();
}

void notify_service_manager(const std::string& state)
{
    sd_notify(0, state.c_str());
}

}  // namespace mailban::io
