#include "mailban/net/seeded_hash.h"

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

// A seed that is small, as in tests, mixes as well as any other.
std::uint64_t whole(std::uint64_t seed) noexcept
{
    return seed ^ 0xa0761d6478bd642fULL;
}

}  // namespace

std::size_t SeededHash::operator()(const IpAddress& address) const noexcept
{
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), address.bytes().data(), sizeof halves);
    const auto [high, low] = halves;
    const std::uint64_t key = whole(seed);
    const std::uint64_t first = mix(high ^ key, 0x9e3779b97f4a7c15ULL);
    return mix(first ^ low, key | 1U) ^ mix(first, low ^ 0xd1b54a32d192ed03ULL);
}

std::size_t SeededHash::operator()(const Prefix& prefix) const noexcept
{
    return SeededHash{seed ^ prefix.length()}(prefix.base());
}

std::size_t SeededHash::operator()(std::uint64_t number) const noexcept
{
    const std::uint64_t key = whole(seed);
    const std::uint64_t first = mix(number ^ key, 0x9e3779b97f4a7c15ULL);
    return mix(first, key | 1U) ^ mix(first, 0xd1b54a32d192ed03ULL);
}

std::size_t SeededHash::operator()(std::string_view text) const noexcept
{
    const std::uint64_t key = whole(seed);
    std::uint64_t hash = mix(key ^ text.size(), 0x9e3779b97f4a7c15ULL);
    const auto add = [&hash, key](std::uint64_t word) {
        hash = mix(hash ^ word, key | 1U) ^ mix(hash, word ^ 0xd1b54a32d192ed03ULL);
    };
    std::uint64_t word = 0;
    for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
        std::memcpy(&word, text.data(), sizeof word);
        add(word);
    }
    if (text.empty()) return hash;
    word = 0;
    std::memcpy(&word, text.data(), text.size());
    add(word);
    return hash;
}

}  // namespace mailban
