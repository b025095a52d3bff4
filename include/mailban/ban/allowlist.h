// Allowlist: who is never banned, and who says so.
//
// Each origin says its part apart from the others: an address that two of them name stays trusted
// until neither does.
#pragma once

#include "mailban/net/prefix_set.h"
#include "mailban/time/zone.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailban {

// In the order in which they are told where several name one address.
enum class AllowOrigin : std::uint8_t {
    loopback,
    own_address,
    gateway,
    container_network,  // a private network behind a bridge of this machine's own
    proxy,              // `proxies` of the configuration
    configuration,
    file,       // an allow file of the configuration
    host_name,  // an address that a name of the configuration resolves to
    manual      // an administrator, while the daemon runs
};

struct Allowed {
    Prefix prefix{};
    AllowOrigin origin = AllowOrigin::configuration;
    std::string source{};  // of a file its path, of a host name the name; else empty
    int line = 0;          // where it stands in the file
    std::string reason{};  // by hand: an administrator's words
    Timestamp since{};     // by hand
    Until until{};         // by hand; nullopt is for ever
    bool operator==(const Allowed&) const = default;
};

// "by hand", "file", "default gateway", …
std::string_view to_string(AllowOrigin origin) noexcept;
// Why this prefix is never banned: "own address", "allowlist /etc/mailban/allow.list:3".
std::string to_string(const Allowed& allowed, const Zone& zone = {});

class Allowlist {
public:
    // What is loopback is always trusted.
    Allowlist();

    // All that this origin says, in place of what it said before. True: something changed.
    bool set(AllowOrigin origin, const std::string& source, const std::vector<Allowed>& entries);
    // An origin of which there is one only.
    bool set(AllowOrigin origin, const PrefixSet& prefixes);

    // The same of what `other` has of this origin, whatever its source. True: something changed.
    bool take_from(const Allowlist& other, AllowOrigin origin);

    // By hand; in place of what was said of this very prefix.
    void add(Allowed entry);
    std::optional<Allowed> remove(const Prefix& prefix);
    // Takes out and returns what is allowed until `now` or less.
    std::vector<Allowed> expire(Timestamp now);

    // Somebody trusted whom `prefix` reaches, or nullptr.
    const Allowed* overlapping(const Prefix& prefix) const;
    // Everything that is said of one address, the narrowest of each origin.
    std::vector<Allowed> covering(const IpAddress& address) const;
    std::vector<Allowed> entries() const;
    // At most `most` of them, in order of origin, source and prefix: behind `last`, or the first.
    std::vector<Allowed> entries(const std::optional<Allowed>& last, std::size_t most) const;
    // Entries that are too wide to trust (see below), at most `most`.
    std::vector<Allowed> too_wide(std::size_t most) const;
    std::size_t size(AllowOrigin origin) const noexcept;

private:
    struct Group {
        PrefixSet prefixes{};
        std::map<Prefix, Allowed> entries{};
        std::set<Prefix> wide{};  // of these, that are too wide to trust
    };
    using Key = std::pair<AllowOrigin, std::string>;

    std::map<Key, Group> groups_{};
};

// A block in which so much of the net lies that trusting it would end nearly all bans. Private
// blocks never are.
bool is_too_wide_to_trust(const Prefix& prefix) noexcept;

}  // namespace mailban
