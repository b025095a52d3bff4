#include "mailban/detect/account.h"

#include "mailban/words.h"

#include <cstring>

namespace mailban {

namespace {

constexpr std::size_t kLongestShown = 64;
constexpr std::uint64_t kOtherSeed = 0x5851f42d4c957f2dULL;

IpAddress from_halves(std::uint64_t first, std::uint64_t second) noexcept
{
    IpAddress::Bytes bytes{};
    std::memcpy(bytes.data(), &first, sizeof first);
    std::memcpy(bytes.data() + sizeof first, &second, sizeof second);
    return IpAddress(bytes);
}

// Each of the eight bytes that is an ASCII letter, in lower case.
constexpr std::uint64_t lower_case_of_each(std::uint64_t word) noexcept
{
    constexpr std::uint64_t kEach = 0x0101010101010101ULL;
    const std::uint64_t low = word & (kEach * 0x7f);
    // The highest bit of each byte says whether it is from 'A' on, or behind 'Z'.
    const std::uint64_t from_a = low + kEach * (0x80 - 'A');
    const std::uint64_t behind_z = low + kEach * (0x7f - 'Z');
    const std::uint64_t upper = (from_a ^ behind_z) & ~word & (kEach * 0x80);
    return word | upper >> 2U;
}

// The name as it is compared, in words: names are hashed several times an event.
template <class Visitor>
void each_folded_word(std::string_view name, Visitor visit)
{
    each_word(name, [&visit](std::uint64_t word) { visit(lower_case_of_each(word)); });
}

std::string_view compared(std::string_view name) noexcept
{
    return name.substr(0, kLongestAccount);
}

constexpr CharacterSet kPlain = kLettersAndDigits.with(".@_+-");

}  // namespace

std::string folded_account(std::string_view name)
{
    return lower_case(compared(name));
}

std::uint64_t folded_hash(std::string_view name, const SeededHash& hash) noexcept
{
    name = compared(name);
    WordsHash words(hash.seed, name.size());
    each_folded_word(name, [&words](std::uint64_t word) { words.add(word); });
    return words.value();
}

IpAddress account_key(std::string_view name, std::uint64_t seed)
{
    name = compared(name);
    WordsHash one(seed, name.size());
    WordsHash other(seed ^ kOtherSeed, name.size());
    each_folded_word(name, [&](std::uint64_t word) {
        one.add(word);
        other.add(word);
    });
    return from_halves(one.value(), other.value());
}

IpAddress pair_key(const IpAddress& client, const IpAddress& account, std::uint64_t seed) noexcept
{
    const SeededHash one{seed};
    const SeededHash other{seed ^ kOtherSeed};
    const auto first = from_halves(one(client), other(account));
    const auto second = from_halves(one(account), other(client));
    return from_halves(one(first) + other(second), other(first) ^ one(second));
}

std::uint32_t distinct_value(const IpAddress& key, std::uint64_t seed) noexcept
{
    return static_cast<std::uint32_t>(SeededHash{seed}(key));
}

std::string shown_account(std::string_view name)
{
    const bool plain = !name.empty() && name.size() <= kLongestShown && kPlain.has_all_of(name);
    return plain ? std::string(name) : "an account with an unusual name";
}

}  // namespace mailban
