#include "mailban/ban/ban_index.h"

namespace mailban {

void BanIndex::add(const Ban& ban)
{
    places_.add({ban.key(), &ban});
    lengths_.at(static_cast<std::size_t>(ban.origin)).add(ban.prefix);
}

void BanIndex::remove(const BanKey& key)
{
    places_.remove(places_.find(key));
    lengths_.at(static_cast<std::size_t>(key.origin)).remove(key.prefix);
}

const Ban* BanIndex::find(const BanKey& key) const
{
    const Slot slot = places_.find(key);
    return slot == kNoSlot ? nullptr : places_[slot].ban;
}

const Ban* BanIndex::covering(const IpAddress& address, BanOrigin origin) const
{
    const auto& lengths = lengths_.at(static_cast<std::size_t>(origin));
    for (const auto& [length, count] : lengths.of(address.is_v4())) {
        const Ban* const ban = find({Prefix::of(address, length), origin});
        if (ban != nullptr) return ban;
    }
    return nullptr;
}

}  // namespace mailban
