#include "mailban/detect/account.h"

#include <algorithm>
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

bool is_plain(char c) noexcept
{
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_letter || (c >= '0' && c <= '9') ||
           std::string_view(".@_+-").find(c) != std::string_view::npos;
}

}  // namespace

std::string folded_account(std::string_view name)
{
    std::string folded(name.substr(0, kLongestAccount));
    for (char& c : folded) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return folded;
}

IpAddress account_key(std::string_view name, std::uint64_t seed)
{
    const std::string folded = folded_account(name);
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

std::uint32_t tag_of(const IpAddress& key, std::uint64_t seed) noexcept
{
    return static_cast<std::uint32_t>(SeededHash{seed}(key));
}

std::string shown_account(std::string_view name)
{
    const bool plain = !name.empty() && name.size() <= kLongestShown &&
                       std::all_of(name.begin(), name.end(), is_plain);
    return plain ? std::string(name) : "an account with an unusual name";
}

}  // namespace mailban
