// BanIndex: which ban holds an address? One lookup for each length that bans have, in a hash table:
// each event of each client asks.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/keyed_pool.h"
#include "mailban/net/length_counts.h"
#include "mailban/net/seed.h"
#include "mailban/net/seeded_hash.h"

#include <array>
#include <cstddef>

namespace mailban {

class BanIndex {
public:
    explicit BanIndex(Seed seed) : places_(Hash{{seed.value}}) {}

    // There is none with its key. It stays where it lies until it is removed.
    void add(const Ban& ban);
    // It is there.
    void remove(const BanKey& key);

    // nullptr: there is none.
    const Ban* find(const BanKey& key) const;
    // The narrowest ban of this origin that holds `address`.
    const Ban* covering(const IpAddress& address, BanOrigin origin) const;

private:
    struct Hash {
        SeededHash hash{};
        std::size_t operator()(const BanKey& key) const noexcept
        {
            return hash(key.prefix) + static_cast<std::size_t>(key.origin);
        }
    };
    struct Place {
        BanKey key{};
        const Ban* ban = nullptr;
    };

    KeyedPool<Place, Hash> places_;
    std::array<LengthCounts, kBanOrigins> lengths_{};
};

}  // namespace mailban
