#include "mailban/ban/allowlist.h"

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

// Each line with a chain is compared with all of them.
constexpr std::size_t kMostProxies = 1000;

void read_proxy(const Item& element, Proxies& into, Mistakes& mistakes)
{
    const auto& text = element.node.text;
    const auto prefix = element.node.kind == Kind::text ? Prefix::parse(text) : std::nullopt;
    if (!prefix) return refuse(element, expected_prefix(text), mistakes);
    if (is_too_wide_to_trust(*prefix)) {
        return mistakes.add(
            element.node.place,
            element.name + " is " + prefix->to_string() +
                ", which covers nearly all addresses; expected only the addresses of "
                "your proxies");
    }
    if (into.prefixes.size() == kMostProxies) {
        return refuse(element, "at most " + std::to_string(kMostProxies) + " proxies", mistakes);
    }
    into.prefixes.push_back(*prefix);
}

}  // namespace

void read_proxies(const Item& item, Proxies& into, Mistakes& mistakes)
{
    const auto read_one = [&into](const Item& element, Mistakes& all) {
        read_proxy(element, into, all);
    };
    // Whoever says that there are none means private addresses, too.
    if (item.node.kind == Kind::list && item.node.items.empty()) {
        into.private_by_nature = false;
        return;
    }
    read_list(item, "a list of addresses and prefixes", read_one, mistakes);
}

}  // namespace mailban
