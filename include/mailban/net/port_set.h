// PortSet: which TCP ports a ban closes. PortGroups: all the sets that bans may close.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailban {

// Where other mail servers deliver.
inline constexpr std::uint16_t kMailExchangePort = 25;

struct PortSet {
    bool all = false;                    // every port and protocol; `ports` is then empty
    std::vector<std::uint16_t> ports{};  // sorted, no duplicates

    std::string list() const;  // "25,465,587"
    std::string text() const;  // the same, or "all"
    static std::optional<PortSet> parse(std::string_view text);

    // Whether all that `other` closes is closed here, too.
    bool covers(const PortSet& other) const;
    // `all` stays all: no firewall here knows "all but one" of every protocol.
    PortSet without(std::uint16_t port) const;
    PortSet united_with(const PortSet& other) const;
    bool operator==(const PortSet&) const = default;
};

// One of the sets of ports that bans close: an index into PortGroups. 0 is firewall.ports.
using PortGroup = std::uint8_t;

// The few sets of ports that the configuration can mean. A firewall keeps sets of its own for each
// of these groups, so their number is bounded, and the same configuration has the same groups.
class PortGroups {
public:
    // The different `ports` that rules may have between them; the groups are at most three more.
    static constexpr std::size_t kMostOfRules = 12;

    // firewall.ports alone.
    PortGroups(PortSet usual = {true, {}}) : groups_{std::move(usual)} {}  // NOLINT: one is a group
    // firewall.ports, the same without port 25, each of `of_rules`, and all of these together.
    PortGroups(PortSet usual, const std::vector<PortSet>& of_rules);

    std::size_t size() const noexcept { return groups_.size(); }
    // Of an unknown group: firewall.ports.
    const PortSet& ports(PortGroup group) const;
    // The smallest group that closes all of `ports`; where none does, that of all together.
    PortGroup group_over(const PortSet& ports) const;
    // Whether `outer` closes all that `inner` does.
    bool covers(PortGroup outer, PortGroup inner) const;
    bool operator==(const PortGroups&) const = default;

private:
    void add(const PortSet& ports);

    std::vector<PortSet> groups_;  // never empty; the widest is the last but where the first is
};

}  // namespace mailban
