#include "mailban/firewall/firewalld.h"

#include <set>

namespace mailban {

std::string firewalld_ipset(bool is_v4, PortGroup group)
{
    const std::string name = is_v4 ? "mailban4" : "mailban6";
    return group == 0 ? name : name + '_' + std::to_string(group);
}

std::vector<std::string> firewalld_ipsets(const PortGroups& groups)
{
    std::vector<std::string> names;
    for (std::size_t group = 0; group < groups.size(); ++group)
        for (const bool is_v4 : {true, false})
            names.push_back(firewalld_ipset(is_v4, static_cast<PortGroup>(group)));
    return names;
}

bool is_firewalld_ipset(std::string_view name)
{
    for (const bool is_v4 : {true, false}) {
        const auto first = firewalld_ipset(is_v4);
        if (name == first) return true;
        if (!name.starts_with(first + '_')) continue;
        const auto number = name.substr(first.size() + 1);
        return !number.empty() && number.find_first_not_of("0123456789") == std::string_view::npos;
    }
    return false;
}

std::vector<std::string> firewalld_rules(const PortGroups& groups)
{
    std::vector<std::string> rules;
    for (std::size_t index = 0; index < groups.size(); ++index) {
        const auto group = static_cast<PortGroup>(index);
        const auto& ports = groups.ports(group);
        for (const bool is_v4 : {true, false}) {
            // Appended, not added: g++ 12 warns of the latter without cause (GCC bug 105651).
            std::string source = "rule family=\"";
            source.append(is_v4 ? "ipv4" : "ipv6").append("\" source ipset=\"");
            source.append(firewalld_ipset(is_v4, group)).append("\"");
            if (ports.all) rules.push_back(source + " drop");
            for (const auto port : ports.ports)
                rules.push_back(source + R"( port port=")" + std::to_string(port) +
                                R"(" protocol="tcp" drop)");
        }
    }
    return rules;
}

std::string firewalld_entry(const Prefix& prefix)
{
    return prefix.is_host() ? prefix.base().to_string() : prefix.to_string();
}

std::vector<Held> parse_firewalld_entries(const std::vector<std::string>& entries, PortGroup group)
{
    std::vector<Held> held;
    held.reserve(entries.size());
    for (const auto& entry : entries)
        if (const auto prefix = Prefix::parse(entry)) held.push_back({*prefix, {}, group});
    return held;
}

std::vector<std::string> firewalld_entries_after(std::vector<std::string> entries, const Plan& plan,
                                                 bool is_v4, PortGroup group)
{
    std::set<std::string> kept(entries.begin(), entries.end());
    for (const auto& change : plan) {
        if (change.prefix.is_v4() != is_v4 || change.group != group) continue;
        if (change.kind == Change::Kind::remove)
            kept.erase(firewalld_entry(change.prefix));
        else
            kept.insert(firewalld_entry(change.prefix));
    }
    entries.assign(kept.begin(), kept.end());
    return entries;
}

}  // namespace mailban
