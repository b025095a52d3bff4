// Published ports: what this machine hands on to a container or another machine, read from what
// the firewall and the container runtimes show. Text in, values out; nothing here runs anything.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/net/port_set.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// TCP ports, as clients choose them.
struct Published {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    std::string target{};             // "172.17.0.2:2525"; empty: it could not be read
    std::optional<IpAddress> host{};  // the target's address
    bool operator==(const Published&) const = default;
};

// From the rules of `nft --stateless --terse list ruleset`: every `dnat` whose rule names TCP
// ports. A map that has a name hides them.
std::vector<Published> published_by_rules(std::string_view ruleset);
// From the arguments of one process: Docker's own proxy, which listens for a container.
std::optional<Published> published_by_process(const std::vector<std::string>& arguments);

// Those that bans with `ports` are meant to close. Where that is `all`: every one.
std::vector<Published> published_mail(const std::vector<Published>& all, const PortSet& ports);
// "25 (to 172.17.0.2:2525), 465-587 (to 172.17.0.2)", the first few.
std::string to_string(const std::vector<Published>& published);

}  // namespace mailban
