// The configuration's lists, one reader each; the maps are in load.cpp.
#pragma once

#include "mailban/config/config.h"
#include "mailban/config/pattern_files.h"

#include "reading.h"

namespace mailban {

// Into `sources` and `discover`. A source's `parser:` may name the patterns that are read already,
// which go first, and the shipped ones.
void read_sources(const Item& item, const PatternFiles& shipped, Config& into, Mistakes& mistakes);
void read_patterns(const Item& item, std::vector<PatternSpec>& into, Mistakes& mistakes);
void read_rules(const Item& item, std::vector<Rule>& into, Mistakes& mistakes);
void read_allow(const Item& item, AllowConfig& into, Mistakes& mistakes);
void read_proxies(const Item& item, Proxies& into, Mistakes& mistakes);
void read_firewall(const Item& item, FirewallConfig& into, Mistakes& mistakes);
void read_ports(const Item& item, PortSet& into, Mistakes& mistakes);
Reader listen_address(std::optional<ListenAddress>& into);
void read_policy(const Item& item, PolicySettings& into, Mistakes& mistakes);
void read_hooks(const Item& item, std::vector<HookConfig>& into, Mistakes& mistakes);
void read_command(const Item& item, CommandSet& into, Mistakes& mistakes);

// What one word has to be besides.
using Check = std::function<void(const Item& word, Mistakes& mistakes)>;
// A program and its arguments, each of which `check` looks at.
void read_argument_vector(const Item& item, std::string_view expected, const Check& check,
                          ArgumentVector& into, Mistakes& mistakes);
void for_each_placeholder(const Item& item, const std::function<void(std::string_view)>& found);

// Whether the firewall is able to ban what `prefix` makes of an offender.
void check_blocks(const yaml::Value& root, const Config& config, Mistakes& mistakes);

// Whether the firewall is able to close what rules say, and not too many different sets of ports.
void check_rule_ports(const Config& config, Mistakes& mistakes);

// Whether each ban holds anywhere: in a firewall, or where mail servers ask.
void check_places(const yaml::Value& root, const Config& config, Mistakes& mistakes);

// The entry of a map under `key`, or nullptr.
const yaml::Value* entry_of(const yaml::Value& map, std::string_view key);

// In the order of their enumerators.
std::vector<std::string_view> backend_names();
std::vector<std::string_view> event_kind_names();

// "auto" and the servers' names; what `parser:` may say besides patterns.
std::vector<std::string_view> parser_names();

// What to say was expected where `text` is not a prefix: its block, if only host bits are wrong.
std::string expected_prefix(std::string_view text);

inline constexpr std::size_t kLongestPath = 4095;

// One of the words that name an enumeration's values, in their order.
template <class Enum>
Reader one_of(std::vector<std::string_view> words, Enum& into)
{
    return choice(std::move(words), [&into](std::size_t at) { into = static_cast<Enum>(at); });
}

}  // namespace mailban
