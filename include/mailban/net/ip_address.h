// IpAddress: one client, one key.
//
// Sixteen bytes in network order. IPv4 is stored as its IPv4-mapped form (RFC 4291, 2.5.5.2), and a
// mapped address that is read or built is the IPv4 address: a client that reaches a dual-stack
// socket is never counted apart from itself.
#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

class IpAddress {
public:
    using Bytes = std::array<std::uint8_t, 16>;

    // Longest text that parse() can accept: an IPv6 address with a dotted quad at its end.
    static constexpr std::size_t kMaxTextLength = 45;

    // `::`, the unspecified address.
    constexpr IpAddress() = default;
    constexpr explicit IpAddress(const Bytes& bytes) : bytes_(bytes) {}

    static constexpr IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
    {
        return IpAddress(Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d});
    }

    // Exactly one address and nothing else: dotted quad without leading zeros, or any RFC 4291
    // form. Refused: blanks, brackets, ports, zone ids ("%eth0"), trailing text, NUL bytes.
    static std::optional<IpAddress> parse(std::string_view text);

    bool is_v4() const noexcept { return word(0) == 0 && word(1) >> 32U == 0xffffU; }
    bool is_loopback() const noexcept;     // 127.0.0.0/8, ::1
    bool is_unspecified() const noexcept;  // 0.0.0.0, ::

    const Bytes& bytes() const noexcept { return bytes_; }

    // As inet_ntop prints it (RFC 5952); IPv4 as a dotted quad.
    std::string to_string() const;

    // The address with everything after the first `bits` of 128 set to zero; 0 <= bits <= 128.
    IpAddress masked(unsigned bits) const noexcept;

    // As the bytes lie, in two words: addresses are compared some dozens of times an event.
    std::strong_ordering operator<=>(const IpAddress& other) const noexcept
    {
        const auto first = word(0) <=> other.word(0);
        return first != 0 ? first : word(1) <=> other.word(1);
    }
    bool operator==(const IpAddress& other) const noexcept
    {
        return word(0) == other.word(0) && word(1) == other.word(1);
    }

private:
    // The first or the second half, as a number.
    std::uint64_t word(std::size_t half) const noexcept
    {
        std::uint64_t number = 0;
        std::memcpy(&number, bytes_.data() + half * sizeof number, sizeof number);
        if constexpr (std::endian::native == std::endian::little)
            number = __builtin_bswap64(number);
        return number;
    }
    void set_word(std::size_t half, std::uint64_t number) noexcept
    {
        if constexpr (std::endian::native == std::endian::little)
            number = __builtin_bswap64(number);
        std::memcpy(bytes_.data() + half * sizeof number, &number, sizeof number);
    }

    Bytes bytes_{};
};

}  // namespace mailban
