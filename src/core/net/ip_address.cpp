#include "mailban/net/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace mailban {

namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text)
{
    if (text.size() > kMaxTextLength) return std::nullopt;
    // inet_pton would stop at a NUL and call what stands before it an address.
    if (text.find('\0') != std::string_view::npos) return std::nullopt;

    std::array<char, kMaxTextLength + 1> terminated{};
    std::copy(text.begin(), text.end(), terminated.begin());

    Bytes bytes{};
    if (text.find(':') != std::string_view::npos) {
        if (inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return std::nullopt;
        return IpAddress(bytes);
    }
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin());
    if (inet_pton(AF_INET, terminated.data(), bytes.data() + kMappedPrefix.size()) != 1)
        return std::nullopt;
    return IpAddress(bytes);
}

bool IpAddress::is_v4() const noexcept
{
    return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin());
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
    const auto* address = four ? bytes_.data() + kMappedPrefix.size() : bytes_.data();
    inet_ntop(four ? AF_INET : AF_INET6, address, text.data(), text.size());
    return text.data();
}

IpAddress IpAddress::masked(unsigned bits) const noexcept
{
    IpAddress result = *this;
    for (unsigned index = 0; index < bytes_.size(); ++index) {
        const unsigned kept = bits > index * 8 ? std::min(bits - index * 8, 8U) : 0;
        result.bytes_[index] = static_cast<std::uint8_t>(bytes_[index] & (0xff00U >> kept));
    }
    return result;
}

}  // namespace mailban
