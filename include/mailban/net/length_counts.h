// LengthCounts: how long the blocks of a set are, so that who looks for the one that holds an
// address asks for no other lengths.
#pragma once

#include "mailban/net/prefix.h"

#include <cstddef>
#include <functional>
#include <map>

namespace mailban {

class LengthCounts {
public:
    using Counts = std::map<unsigned, std::size_t, std::greater<>>;

    void add(const Prefix& prefix) { ++counts_of(prefix.is_v4())[prefix.length()]; }
    // It was added.
    void remove(const Prefix& prefix)
    {
        Counts& counts = counts_of(prefix.is_v4());
        const auto counted = counts.find(prefix.length());
        if (--counted->second == 0) counts.erase(counted);
    }
    // Of one family, the longest first.
    const Counts& of(bool is_v4) const noexcept { return is_v4 ? v4_ : v6_; }

private:
    Counts& counts_of(bool is_v4) noexcept { return is_v4 ? v4_ : v6_; }

    Counts v4_{};
    Counts v6_{};
};

}  // namespace mailban
