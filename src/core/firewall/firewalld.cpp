#include "mailban/firewall/firewalld.h"

#include <set>

namespace mailban {

std::string firewalld_ipset(bool is_v4)
{
    return is_v4 ? "mailban4" : "mailban6";
}

std::vector<std::string> firewalld_rules(const PortSet& ports)
{
    std::vector<std::string> rules;
    for (const bool is_v4 : {true, false}) {
        const std::string source = std::string(R"(rule family=")") + (is_v4 ? "ipv4" : "ipv6") +
                                   R"(" source ipset=")" + firewalld_ipset(is_v4) + '"';
        if (ports.all) rules.push_back(source + " drop");
        for (const auto port : ports.ports)
            rules.push_back(source + R"( port port=")" + std::to_string(port) +
                            R"(" protocol="tcp" drop)");
    }
    return rules;
}

std::string firewalld_entry(const Prefix& prefix)
{
    return prefix.is_host() ? prefix.base().to_string() : prefix.to_string();
}

std::vector<Held> parse_firewalld_entries(const std::vector<std::string>& entries)
{
    std::vector<Held> held;
    held.reserve(entries.size());
    for (const auto& entry : entries)
        if (const auto prefix = Prefix::parse(entry)) held.push_back({*prefix, {}});
    return held;
}

std::vector<std::string> firewalld_entries_after(std::vector<std::string> entries, const Plan& plan,
                                                 bool is_v4)
{
    std::set<std::string> kept(entries.begin(), entries.end());
    for (const auto& change : plan) {
        if (change.prefix.is_v4() != is_v4) continue;
        if (change.kind == Change::Kind::remove)
            kept.erase(firewalld_entry(change.prefix));
        else
            kept.insert(firewalld_entry(change.prefix));
    }
    entries.assign(kept.begin(), kept.end());
    return entries;
}

}  // namespace mailban
