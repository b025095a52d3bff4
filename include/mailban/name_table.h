// NameTable: the name of each value of an enum, in the order of the values. A table with a name too
// few or too many does not compile.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

// `N`: how many values the enum has; they begin at 0 and leave none out.
template <class Enum, std::size_t N>
class NameTable {
public:
    template <std::size_t M>
    // NOLINTNEXTLINE(modernize-avoid-c-arrays): the number of names is deduced from it
    constexpr explicit NameTable(const std::string_view (&names)[M]) noexcept
    {
        static_assert(M == N, "one name for each value");
        std::copy(names, names + M, names_.begin());
    }

    constexpr std::string_view of(Enum value) const noexcept
    {
        return names_.at(static_cast<std::size_t>(value));
    }
    constexpr std::optional<Enum> named(std::string_view name) const noexcept
    {
        const auto* const found = std::find(names_.begin(), names_.end(), name);
        if (found == names_.end()) return std::nullopt;
        return static_cast<Enum>(found - names_.begin());
    }
    std::vector<std::string_view> all() const { return {names_.begin(), names_.end()}; }

private:
    std::array<std::string_view, N> names_{};
};

}  // namespace mailban
