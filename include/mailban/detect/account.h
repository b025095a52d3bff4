// How an account name is known inside: as a hash. Names are strangers' text of any length.
#pragma once

#include "mailban/net/seeded_hash.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailban {

// As much of a name as is ever compared, or kept: whoever guesses can send many thousands, each as
// long as the server lets it be.
inline constexpr std::size_t kLongestAccount = 256;

// The name as it is compared: ASCII letters in lower case, at most its first 256 bytes.
std::string folded_account(std::string_view name);
// What `hash` makes of the name in that form.
std::uint64_t folded_hash(std::string_view name, const SeededHash& hash) noexcept;

// Sixteen bytes of hash, in the form in which a WindowTable takes its keys.
IpAddress account_key(std::string_view name, std::uint64_t seed);
// The key of one client's, or one network's, use of one account.
IpAddress pair_key(const IpAddress& client, const IpAddress& account, std::uint64_t seed) noexcept;

// Four bytes of a key: what tells it from others among the few of one window.
std::uint32_t distinct_value(const IpAddress& key, std::uint64_t seed) noexcept;

// The name where it is plain (letters, digits, `.@_+-`, at most 64), so that it may be shown to
// anybody; else "an account with an unusual name".
std::string shown_account(std::string_view name);

}  // namespace mailban
