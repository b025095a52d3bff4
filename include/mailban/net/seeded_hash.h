// SeededHash: the hash of every table, for strangers choose the keys of most. Without the secret
// seed they could pick keys that all fall into one bucket.
//
// What is stored is not hashed by it, because each process has another seed (fingerprint.h).
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/net/prefix.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mailban {

struct SeededHash {
    // Keys of std::string may be looked up as std::string_view.
    using is_transparent = void;

    std::uint64_t seed = 0;
    std::size_t operator()(const IpAddress& address) const noexcept;
    std::size_t operator()(const Prefix& prefix) const noexcept;
    std::size_t operator()(std::uint64_t number) const noexcept;
    std::size_t operator()(std::string_view text) const noexcept;
    std::size_t operator()(const std::string& text) const noexcept
    {
        return (*this)(std::string_view(text));
    }
};

}  // namespace mailban
