#include "mailban/net/private_address.h"

namespace mailban {

bool is_private(const IpAddress& ip) noexcept
{
    if (ip.is_loopback()) return true;
    const auto& bytes = ip.bytes();
    if (!ip.is_v4())
        return (bytes[0] & 0xfeU) == 0xfcU || (bytes[0] == 0xfeU && (bytes[1] & 0xc0U) == 0x80U);
    const auto first = bytes[12];
    const auto second = bytes[13];
    return first == 10 || (first == 172 && (second & 0xf0U) == 16) ||
           (first == 192 && second == 168) || (first == 169 && second == 254) ||
           (first == 100 && (second & 0xc0U) == 64);
}

}  // namespace mailban
