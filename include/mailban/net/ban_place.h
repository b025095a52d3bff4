// BanPlace: where a ban holds.
#pragma once

#include "mailban/name_table.h"

#include <cstddef>
#include <cstdint>

namespace mailban {

// In the firewall, at the door (where mail servers ask before they compare a password), or both.
// The state database stores the number.
enum class BanPlace : std::uint8_t { both, firewall, door };
inline constexpr std::size_t kBanPlaces = 3;
inline constexpr NameTable<BanPlace, kBanPlaces> kBanPlaceNames({"both", "firewall", "door"});
inline constexpr auto kLastBanPlace = static_cast<BanPlace>(kBanPlaces - 1);

// Where two bans of one prefix hold together.
constexpr BanPlace united(BanPlace one, BanPlace other) noexcept
{
    return one == other ? one : BanPlace::both;
}

}  // namespace mailban
