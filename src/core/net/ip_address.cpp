#include "mailban/net/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace mailban {

namespace {

constexpr std::size_t kMappedBytes = 12;  // before the four of IPv4

// "192.0.2.7" as inet_pton() reads it, which costs several times as much: four numbers to 255,
// without leading zeros.
std::optional<IpAddress> read_dotted_quad(std::string_view text) noexcept
{
    constexpr std::size_t kLongest = 15;
    if (text.size() > kLongest) return std::nullopt;
    std::array<std::uint8_t, 4> quad{};
    std::size_t at = 0;
    for (std::size_t index = 0; index < quad.size(); ++index) {
        if (index > 0 && (at >= text.size() || text[at++] != '.')) return std::nullopt;
        const auto first = at;
        unsigned value = 0;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
            value = value * 10 + static_cast<unsigned>(text[at] - '0');
        const bool has_leading_zero = at > first + 1 && text[first] == '0';
        if (at == first || has_leading_zero || value > 255) return std::nullopt;
        quad[index] = static_cast<std::uint8_t>(value);
    }
    if (at != text.size()) return std::nullopt;
    return IpAddress::v4(quad[0], quad[1], quad[2], quad[3]);
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text)
{
    // An address in colons has its first one here: four digits, or none.
    constexpr std::size_t kFirstColon = 5;
    if (text.substr(0, kFirstColon).find(':') == std::string_view::npos)
        return read_dotted_quad(text);
    if (text.size() > kMaxTextLength) return std::nullopt;
    // inet_pton would stop at a NUL and call what stands before it an address.
    if (text.find('\0') != std::string_view::npos) return std::nullopt;

    std::array<char, kMaxTextLength + 1> terminated{};
    std::copy(text.begin(), text.end(), terminated.begin());

    Bytes bytes{};
    if (inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return std::nullopt;
    return IpAddress(bytes);
}

bool IpAddress::is_loopback() const noexcept
{
    if (is_v4()) return bytes_[12] == 127;
    return bytes_ == Bytes{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
}

bool IpAddress::is_unspecified() const noexcept
{
    return *this == IpAddress() || *this == v4(0, 0, 0, 0);
}

std::string IpAddress::to_string() const
{
    std::array<char, kMaxTextLength + 1> text{};
    const bool four = is_v4();
    const auto* address = four ? bytes_.data() + kMappedBytes : bytes_.data();
    inet_ntop(four ? AF_INET : AF_INET6, address, text.data(), text.size());
    return text.data();
}

IpAddress IpAddress::masked(unsigned bits) const noexcept
{
    // The first of 64 bits, as many as the half has of them.
    const auto mask = [](unsigned count) {
        return count == 0 ? 0 : ~std::uint64_t{0} << (64U - std::min(count, 64U));
    };
    IpAddress result;
    result.set_word(0, word(0) & mask(bits));
    result.set_word(1, word(1) & mask(bits - std::min(bits, 64U)));
    return result;
}

}  // namespace mailban
