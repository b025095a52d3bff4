#include "mailban/net/seeded_hash.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace mailban {

namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept
{
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::size_t SeededHash::operator()(const IpAddress& address) const noexcept
{
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), address.bytes().data(), sizeof halves);
    const auto [high, low] = halves;
    const std::uint64_t first = mix(high ^ seed, 0x9e3779b97f4a7c15ULL);
    return mix(first ^ low, seed | 1U) ^ mix(first, low ^ 0xd1b54a32d192ed03ULL);
}

std::size_t SeededHash::operator()(std::string_view text) const noexcept
{
    std::uint64_t hash = mix(seed ^ text.size(), 0x9e3779b97f4a7c15ULL);
    while (!text.empty()) {
        std::uint64_t word = 0;
        const auto taken = std::min(text.size(), sizeof word);
        std::memcpy(&word, text.data(), taken);
        hash = mix(hash ^ word, seed | 1U) ^ mix(hash, word ^ 0xd1b54a32d192ed03ULL);
        text.remove_prefix(taken);
    }
    return hash;
}

}  // namespace mailban
