#include "mailban/net/port_set.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace mailban {

namespace {

constexpr std::string_view kAll = "all";

}  // namespace

std::string PortSet::list() const
{
    std::string text;
    for (const auto port : ports) {
        if (!text.empty()) text += ',';
        text += std::to_string(port);
    }
    return text;
}

std::string PortSet::text() const
{
    return all ? std::string(kAll) : list();
}

std::optional<PortSet> PortSet::parse(std::string_view text)
{
    if (text == kAll) return PortSet{true, {}};
    PortSet set;
    while (!text.empty()) {
        std::uint16_t port = 0;
        const auto item = text.substr(0, text.find(','));
        const auto [stop, error] = std::from_chars(item.data(), item.data() + item.size(), port);
        if (error != std::errc{} || stop != item.data() + item.size()) return std::nullopt;
        set.ports.push_back(port);
        text.remove_prefix(std::min(text.size(), item.size() + 1));
    }
    std::sort(set.ports.begin(), set.ports.end());
    set.ports.erase(std::unique(set.ports.begin(), set.ports.end()), set.ports.end());
    return set;
}

bool PortSet::covers(const PortSet& other) const
{
    if (all || other.all) return all;
    return std::includes(ports.begin(), ports.end(), other.ports.begin(), other.ports.end());
}

PortSet PortSet::without(std::uint16_t port) const
{
    PortSet rest = *this;
    std::erase(rest.ports, port);
    return rest;
}

PortSet PortSet::united_with(const PortSet& other) const
{
    if (all || other.all) return {true, {}};
    PortSet both;
    std::set_union(ports.begin(), ports.end(), other.ports.begin(), other.ports.end(),
                   std::back_inserter(both.ports));
    return both;
}

PortGroups::PortGroups(PortSet usual, const std::vector<PortSet>& of_rules)
    : groups_{std::move(usual)}
{
    const PortSet first = groups_.front();
    PortSet together = first;
    // A ban that closes nothing would be none.
    if (const auto rest = first.without(kMailExchangePort); rest.all || !rest.ports.empty())
        add(rest);
    for (const auto& ports : of_rules) {
        if (groups_.size() < 2 + kMostOfRules) add(ports);
        together = together.united_with(ports);
    }
    add(together);
}

void PortGroups::add(const PortSet& ports)
{
    if (std::find(groups_.begin(), groups_.end(), ports) == groups_.end()) groups_.push_back(ports);
}

const PortSet& PortGroups::ports(PortGroup group) const
{
    return group < groups_.size() ? groups_[group] : groups_.front();
}

PortGroup PortGroups::group_over(const PortSet& ports) const
{
    std::optional<std::size_t> best;
    std::size_t widest = 0;
    for (std::size_t group = 0; group < groups_.size(); ++group) {
        if (groups_[group].covers(groups_[widest])) widest = group;
        if (!groups_[group].covers(ports)) continue;
        if (!best || groups_[*best].covers(groups_[group])) best = group;
    }
    return static_cast<PortGroup>(best.value_or(widest));
}

bool PortGroups::covers(PortGroup outer, PortGroup inner) const
{
    return outer == inner || ports(outer).covers(ports(inner));
}

}  // namespace mailban
