#include "mailban/net/prefix.h"

#include <algorithm>
#include <charconv>

namespace mailban {

namespace {

constexpr unsigned kMappedBits = 96;

std::optional<unsigned> parse_length(std::string_view text)
{
    if (text.empty() || text.size() > 3) return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    unsigned length = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, length);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return length;
}

}  // namespace

Prefix Prefix::of(const IpAddress& address, unsigned length) noexcept
{
    const bool four = address.is_v4();
    const unsigned bits = four ? kMappedBits + std::min(length, 32U) : std::min(length, 128U);
    return {address.masked(bits), bits, four};
}

Prefix Prefix::host(const IpAddress& address) noexcept
{
    return of(address, 128);
}

std::optional<Prefix> Prefix::parse(std::string_view text)
{
    const auto slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return host(*address);

    const auto length = parse_length(text.substr(slash + 1));
    if (!length) return std::nullopt;
    const bool dotted_quad = text.find(':') == std::string_view::npos;
    const unsigned bits = *length + (dotted_quad ? kMappedBits : 0);
    if (bits > 128 || address->masked(bits) != *address) return std::nullopt;
    return Prefix(*address, bits, address->is_v4());
}

unsigned Prefix::length() const noexcept
{
    return is_v4_ ? bits_ - kMappedBits : bits_;
}

bool Prefix::contains(const IpAddress& address) const noexcept
{
    // ::/0 means "all of IPv6"; without the family check it would hold IPv4 too.
    return address.is_v4() == is_v4_ && address.masked(bits_) == base_;
}

bool Prefix::contains(const Prefix& other) const noexcept
{
    return other.bits_ >= bits_ && contains(other.base_);
}

bool Prefix::overlaps(const Prefix& other) const noexcept
{
    return contains(other) || other.contains(*this);
}

std::string Prefix::to_string() const
{
    return base_.to_string() + '/' + std::to_string(length());
}

}  // namespace mailban
