// Prefix: an address block in CIDR notation (RFC 4632, RFC 4291). No host bits, ever.
#pragma once

#include "mailban/net/ip_address.h"

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

class Prefix {
public:
    // `::/128`.
    constexpr Prefix() = default;

    // The block of `length` leading bits that holds `address`. `length` counts in the address's own
    // family: 0..32 for IPv4, 0..128 for IPv6; more is read as the maximum.
    static Prefix of(const IpAddress& address, unsigned length) noexcept;
    static Prefix host(const IpAddress& address) noexcept;  // /32 or /128

    // "192.0.2.0/24", "2001:db8::/32", or a bare address (its host prefix). Host bits set, a length
    // out of range, leading zeros in the length, blanks: nullopt. A mapped address counts its
    // length as it is written: "::ffff:192.0.2.0/120" is 192.0.2.0/24.
    static std::optional<Prefix> parse(std::string_view text);

    const IpAddress& base() const noexcept { return base_; }
    bool is_v4() const noexcept { return is_v4_; }
    unsigned length() const noexcept;  // in the family's own terms
    bool is_host() const noexcept { return bits_ == 128; }

    bool contains(const IpAddress& address) const noexcept;
    bool contains(const Prefix& other) const noexcept;
    bool overlaps(const Prefix& other) const noexcept;

    std::string to_string() const;  // always with its length: "192.0.2.7/32"

    auto operator<=>(const Prefix&) const = default;

private:
    constexpr Prefix(const IpAddress& base, unsigned bits, bool is_v4)
        : base_(base), bits_(bits), is_v4_(is_v4)
    {
    }

    IpAddress base_{};
    unsigned bits_ = 128;  // of 128; IPv4 has 96 more than its length
    bool is_v4_ = false;   // ::/0 and ::ffff:0:0/96 are told apart by this
};

}  // namespace mailban
