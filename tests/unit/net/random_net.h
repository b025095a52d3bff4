// Random addresses and blocks for the property tests. The seed is printed where a test fails.
#pragma once

#include "mailban/net/prefix.h"

#include <random>

namespace mailban::test {

inline constexpr std::uint32_t kSeed = 20261101;

class RandomNet {
public:
    explicit RandomNet(std::uint32_t seed = kSeed) : engine_(seed) {}

    unsigned below(unsigned bound) { return std::uniform_int_distribution(0U, bound - 1)(engine_); }

    // Half IPv4; of IPv6 many with runs of zeros, as real ones have.
    IpAddress address()
    {
        IpAddress::Bytes bytes{};
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(below(256));
        if (below(2) == 0) return IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]);
        const unsigned zeros = below(3);
        for (unsigned run = 0; run < zeros; ++run) {
            const unsigned first = below(16);
            const unsigned last = first + below(17 - first);
            for (unsigned index = first; index < last; ++index)
                bytes[index] = 0;
        }
        return IpAddress(bytes);
    }

    // From a small corner of both families, so that blocks meet.
    IpAddress crowded_address()
    {
        const auto low = static_cast<std::uint8_t>(below(4));
        const auto high = static_cast<std::uint8_t>(below(4) << 6);
        if (below(2) == 0) return IpAddress::v4(high, 0, 0, low);
        IpAddress::Bytes bytes{};
        bytes[0] = below(2) == 0 ? high : std::uint8_t{0};
        // Both neighbours of the IPv4-mapped range and its inside.
        if (below(2) == 0) bytes[10] = 0xff;
        if (below(2) == 0) bytes[11] = static_cast<std::uint8_t>(below(2) == 0 ? 0xff : 0xfe);
        if (below(4) == 0) bytes[9] = 1;
        bytes[15] = low;
        return IpAddress(bytes);
    }

    Prefix crowded_prefix()
    {
        const auto address = crowded_address();
        return Prefix::of(address, below(address.is_v4() ? 33 : 129));
    }

private:
    std::mt19937 engine_;
};

}  // namespace mailban::test
