#include "io/daemon/system.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <systemd/sd-daemon.h>

#include <cstring>
#include <ctime>
#include <memory>
#include <random>
#include <vector>

namespace mailban::io {

namespace {

std::chrono::seconds offset_at(Timestamp at)
{
    const std::time_t seconds = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(at));
    std::tm local = {};
    localtime_r(&seconds, &local);
    return std::chrono::seconds(local.tm_gmtoff);
}

// The first instant after `before` with the offset that `after` has, to the second.
Timestamp find_change(Timestamp before, Timestamp after)
{
    const auto target = offset_at(after);
    while (after - before > std::chrono::seconds(1)) {
        const auto middle = std::chrono::floor<std::chrono::seconds>(before + (after - before) / 2);
        (offset_at(middle) == target ? after : before) = middle;
    }
    return after;
}

}  // namespace

Timestamp system_now()
{
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

Zone local_zone(Timestamp now)
{
    constexpr auto kStep = std::chrono::days(1);
    const Timestamp start =
        std::chrono::floor<std::chrono::seconds>(now) - 2 * std::chrono::days(366);
    const Timestamp end = now + std::chrono::days(366);
    std::vector<Zone::Change> changes{{start, offset_at(start)}};
    for (Timestamp at = start; at < end; at += kStep) {
        const auto next = offset_at(at + kStep);
        if (next != changes.back().offset) changes.push_back({find_change(at, at + kStep), next});
    }
    return Zone(std::move(changes));
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
