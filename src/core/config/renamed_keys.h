// Keys of the configuration that once had another name. The old name is read, too, with a warning.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace mailban {

struct RenamedKey {
    std::string_view section{};  // the map that contains it, "firewall.command"; empty: the file
    std::string_view old_name{};
    std::string_view name{};
};

// The only list; docs/configuration.md shows it to administrators.
inline constexpr std::array kRenamedKeys{
    RenamedKey{"outage", "unavailable", "unavailable_networks"},
    RenamedKey{"outage", "failing", "failing_users"},
    RenamedKey{"outage", "recovered", "recovered_logins"},
    RenamedKey{"outage", "linger", "idle_timeout"},
    RenamedKey{"limits", "known", "known_logins"},
    RenamedKey{"firewall.command", "longest", "max_ban"},
};

// The key that `key` of `section` means, or nullptr if it was not renamed.
const RenamedKey* renamed_key(std::string_view section, std::string_view key) noexcept;

// "key 'linger' in outage was renamed; change it to 'idle_timeout'"
std::string warning_of(const RenamedKey& renamed);

}  // namespace mailban
