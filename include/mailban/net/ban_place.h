// BanPlace: where a ban holds.
#pragma once

#include "mailban/name_table.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailban {

// In the firewall, at the door (where mail servers ask before they compare a password), or both.
// The state database stores the number.
enum class BanPlace : std::uint8_t { both, firewall, door };
inline constexpr std::size_t kBanPlaces = 3;
inline constexpr NameTable<BanPlace, kBanPlaces> kBanPlaceNames({"both", "firewall", "door"});
inline constexpr auto kLastBanPlace = static_cast<BanPlace>(kBanPlaces - 1);

// "", ", only at the door", ", only in the firewall", as it stands behind what was banned.
constexpr std::string_view place_text(BanPlace place) noexcept
{
    if (place == BanPlace::door) return ", only at the door";
    return place == BanPlace::firewall ? ", only in the firewall" : "";
}

// Where two bans of one prefix hold together.
constexpr BanPlace united(BanPlace one, BanPlace other) noexcept
{
    return one == other ? one : BanPlace::both;
}

}  // namespace mailban
