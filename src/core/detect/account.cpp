#include "mailban/detect/account.h"

#include "mailban/words.h"

#include <algorithm>
#include <array>
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

// The name as it is compared, without an allocation: names are hashed several times an event.
using FoldedText = std::array<char, kLongestAccount>;
std::string_view fold(std::string_view name, FoldedText& text) noexcept
{
    name = name.substr(0, kLongestAccount);
    std::transform(name.begin(), name.end(), text.begin(), [](char c) { return lower_case(c); });
    return {text.data(), name.size()};
}

constexpr CharacterSet kPlain = kLettersAndDigits.with(".@_+-");

}  // namespace

std::string folded_account(std::string_view name)
{
    return lower_case(name.substr(0, kLongestAccount));
}

std::uint64_t folded_hash(std::string_view name, const SeededHash& hash) noexcept
{
    FoldedText text;  // NOLINT(*-member-init): what is read is written
    return hash(fold(name, text));
}

IpAddress account_key(std::string_view name, std::uint64_t seed)
{
    FoldedText text;  // NOLINT(*-member-init): what is read is written
    const auto folded = fold(name, text);
    return from_halves(SeededHash{seed}(folded), SeededHash{seed ^ kOtherSeed}(folded));
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
