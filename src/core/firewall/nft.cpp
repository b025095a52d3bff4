#include "mailban/firewall/nft.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <tuple>

namespace mailban {

namespace {

constexpr std::string_view kTable = "inet mailban";
constexpr std::chrono::days kLongInDays{1000};
// The port that a client chose, whatever DNAT has made of it.
constexpr const char* kPublished = "meta l4proto tcp ct direction original ct original proto-dst";

IpAddress all_ones(bool is_v4)
{
    if (is_v4) return IpAddress::v4(255, 255, 255, 255);
    IpAddress::Bytes ones;
    ones.fill(0xff);
    return IpAddress(ones);
}

unsigned key_length(const NftShape& shape, bool is_v4)
{
    return is_v4 ? shape.ipv4_length : shape.ipv6_length;
}

// "ip6 saddr & ffff:ffff:ffff:ffff:: ", what is looked up.
std::string key_of(const NftShape& shape, bool is_v4)
{
    const auto mask = Prefix::of(all_ones(is_v4), key_length(shape, is_v4));
    const std::string key = is_v4 ? "ip saddr " : "ip6 saddr ";
    return mask.is_host() ? key : key + "& " + mask.base().to_string() + ' ';
}

std::string_view keys_set(bool is_v4)
{
    return is_v4 ? "@banned4" : "@banned6";
}

std::string_view set_of(const Prefix& prefix, const NftShape& shape)
{
    if (prefix.length() == key_length(shape, prefix.is_v4()))
        return prefix.is_v4() ? "banned4" : "banned6";
    return prefix.is_v4() ? "blocks4" : "blocks6";
}

std::string element_of(const Prefix& prefix, const NftShape& shape)
{
    const bool is_key = prefix.length() == key_length(shape, prefix.is_v4());
    return is_key ? prefix.base().to_string() : prefix.to_string();
}

std::string timeout_of(Until until, Timestamp now)
{
    if (!until) return {};
    // Rounded up: the ledger ends a ban, the kernel's end is there in case mailban is not.
    const auto left = std::chrono::ceil<std::chrono::seconds>(*until - now);
    const auto days = std::chrono::floor<std::chrono::days>(left);
    // nft reads no number of more than eight digits, which are three years of seconds.
    const auto text = days < kLongInDays ? std::to_string(left.count())
                                         : std::to_string(days.count()) + 'd' +
                                               std::to_string((left - days).count());
    return " timeout " + text + 's';
}

std::string port_match(const PortSet& ports, const std::string& what = "tcp dport")
{
    if (ports.all) return {};
    std::string match = what + " { ";
    for (const auto port : ports.ports)
        match += std::to_string(port) + ", ";
    return match.erase(match.size() - 2) + " } ";
}

std::string command(std::string_view verb, std::string_view set, const std::string& elements)
{
    std::string line(verb);
    line.append(" element ").append(kTable).append(" ").append(set);
    return line.append(" { ").append(elements).append("}\n");
}

// The changes of one set that one transaction makes.
class Batch {
public:
    explicit Batch(std::string_view set) : set_(set) {}

    // An element that is absent cannot be deleted, one that is there cannot get another end. So
    // whatever has to go is first made sure of, then deleted, all within the one transaction.
    void replace(const std::string& element)
    {
        gone_ += element + ", ";
        ++size_;
    }
    void add(const std::string& element)
    {
        added_ += element + ", ";
        ++size_;
    }
    std::size_t size() const noexcept { return size_; }
    std::string script() const
    {
        std::string script;
        if (!gone_.empty()) script += command("add", set_, gone_) + command("delete", set_, gone_);
        if (!added_.empty()) script += command("add", set_, added_);
        return script;
    }

private:
    std::string_view set_;
    std::string gone_{};
    std::string added_{};
    std::size_t size_ = 0;
};

void put(Batch& batch, const Change& change, const NftShape& shape, Timestamp now)
{
    const auto element = element_of(change.prefix, shape);
    if (change.kind != Change::Kind::add) batch.replace(element);
    if (change.kind == Change::Kind::remove) return;
    if (change.until && *change.until <= now) return;
    batch.add(element + timeout_of(change.until, now));
}

// As the kernel keeps it: bytes in network order.
std::string mask_of(const NftShape& shape, bool is_v4)
{
    const auto bytes = Prefix::of(all_ones(is_v4), key_length(shape, is_v4)).base().bytes();
    return {bytes.end() - (is_v4 ? 4 : 16), bytes.end()};
}

// Whether the verdict falls on what is found in `set`.
bool is_looked_up(const NftRules& rules, std::string_view set, const std::string& mask)
{
    return std::any_of(rules.rules.begin(), rules.rules.end(), [&](const NftRule& rule) {
        return rule.chain == "verdict" && rule.set == set && rule.drops && rule.mask == mask;
    });
}

bool has_hook(const NftRules& rules, std::string_view name, NftChain::Hook hook)
{
    return std::any_of(rules.chains.begin(), rules.chains.end(), [&](const NftChain& chain) {
        return chain.name == name && chain.hook == hook;
    });
}

bool leads_to_verdict(const NftRules& rules, std::string_view chain)
{
    return std::any_of(rules.rules.begin(), rules.rules.end(), [&](const NftRule& rule) {
        return rule.chain == chain && rule.jump == "verdict";
    });
}

// The address behind the last one of `prefix`; nullopt: there is none.
std::optional<IpAddress> behind(const Prefix& prefix)
{
    auto bytes = prefix.base().bytes();
    const unsigned first = prefix.is_v4() ? 96 : 0;
    // Adds one to the prefix's own bits.
    for (unsigned bit = first + prefix.length(); bit > first; --bit) {
        auto& byte = bytes.at((bit - 1) / 8);
        const auto one = static_cast<std::uint8_t>(0x80U >> (bit - 1) % 8);
        byte ^= one;
        if ((byte & one) != 0) return IpAddress(bytes);
    }
    return std::nullopt;
}

// The prefix that reaches from `first` to just before `end` (nullopt: to the last address there
// is).
std::optional<Prefix> prefix_between(const IpAddress& first, const std::optional<IpAddress>& end)
{
    for (unsigned length = 0; length <= (first.is_v4() ? 32U : 128U); ++length) {
        const auto prefix = Prefix::of(first, length);
        if (prefix.base() == first && behind(prefix) == end) return prefix;
    }
    return std::nullopt;
}

enum class Deeds : std::uint8_t { removals, additions, all };

// What of a plan goes out together.
struct Stage {
    std::string_view set{};
    Deeds deeds = Deeds::all;
};

bool belongs(const Change& change, const Stage& stage, const NftShape& shape)
{
    if (set_of(change.prefix, shape) != stage.set) return false;
    return stage.deeds == Deeds::all ||
           (change.kind == Change::Kind::remove) == (stage.deeds == Deeds::removals);
}

}  // namespace

std::string nft_prepare(const NftShape& shape)
{
    std::string script;
    const auto line = [&](std::string_view verb, const std::string& rest) {
        script.append(verb).append(" ").append(kTable).append(rest).append("\n");
    };
    line("add table", "");
    line("add set", " banned4 { type ipv4_addr; flags timeout; }");
    line("add set", " banned6 { type ipv6_addr; flags timeout; }");
    line("add set", " blocks4 { type ipv4_addr; flags interval, timeout; }");
    line("add set", " blocks6 { type ipv6_addr; flags interval, timeout; }");
    line("add chain", " verdict");
    line("add chain", " input { type filter hook input priority filter - 10; policy accept; }");
    line("flush chain", " input");
    line("flush chain", " verdict");
    line("add rule", " input " + port_match(shape.ports) + "jump verdict");
    for (const bool is_v4 : {true, false})
        line("add rule",
             " verdict " + key_of(shape, is_v4) + std::string(keys_set(is_v4)) + " drop");
    line("add rule", " verdict ip saddr @blocks4 drop");
    line("add rule", " verdict ip6 saddr @blocks6 drop");
    line("add chain", " forward { type filter hook forward priority filter - 10; policy accept; }");
    line("flush chain", " forward");
    if (shape.forward == Forward::no) {
        // Of an earlier configuration. Deleting a chain that is not there would be an error.
        line("delete chain", " forward");
        return script;
    }
    line("add rule", " forward " + port_match(shape.ports) + "jump verdict");
    const auto published = port_match(shape.ports, kPublished);
    if (!shape.ports.all) line("add rule", " forward " + published + "jump verdict");
    return script;
}

std::string nft_rebuild(const NftShape& shape)
{
    return nft_remove_all() + nft_prepare(shape);
}

bool nft_rules_fit(const NftRules& rules, const NftShape& shape)
{
    // A mask that cuts nothing off is not kept.
    const auto mask = [&](bool is_v4) {
        return key_length(shape, is_v4) == (is_v4 ? 32 : 128) ? "" : mask_of(shape, is_v4);
    };
    return is_looked_up(rules, "banned4", mask(true)) &&
           is_looked_up(rules, "banned6", mask(false));
}

bool nft_stands(const NftRules& rules, const NftShape& shape)
{
    // Which ports come to the verdict is not compared: they are made anew by every prepare().
    const bool forwards = shape.forward == Forward::yes;
    return nft_rules_fit(rules, shape) && is_looked_up(rules, "blocks4", "") &&
           is_looked_up(rules, "blocks6", "") && has_hook(rules, "input", NftChain::Hook::input) &&
           leads_to_verdict(rules, "input") &&
           has_hook(rules, "forward", NftChain::Hook::forward) == forwards &&
           leads_to_verdict(rules, "forward") == forwards;
}

std::vector<std::string> nft_apply(const Plan& plan, const NftShape& shape, Timestamp now)
{
    // Intervals first, and their removals by themselves: within one transaction libnftables takes
    // a block for an overlap even if the other one goes in the same breath.
    constexpr std::array kStages{
        Stage{"blocks4", Deeds::removals},  Stage{"blocks6", Deeds::removals},
        Stage{"blocks4", Deeds::additions}, Stage{"blocks6", Deeds::additions},
        Stage{"banned4", Deeds::all},       Stage{"banned6", Deeds::all}};
    std::vector<std::string> scripts;
    for (const auto& stage : kStages) {
        Batch batch(stage.set);
        const auto flush = [&] {
            if (batch.size() > 0) scripts.push_back(batch.script());
            batch = Batch(stage.set);
        };
        for (const auto& change : plan) {
            if (!belongs(change, stage, shape)) continue;
            put(batch, change, shape, now);
            if (batch.size() >= kNftChunk) flush();
        }
        flush();
    }
    return scripts;
}

std::vector<Held> nft_blocks(std::vector<NftElement> elements, Timestamp now)
{
    // Where one interval ends and the next begins, the end comes first.
    std::sort(elements.begin(), elements.end(),
              [](const NftElement& left, const NftElement& right) {
                  return std::tuple(left.key, !left.is_end) < std::tuple(right.key, !right.is_end);
              });
    std::vector<Held> held;
    for (auto at = elements.begin(); at != elements.end(); ++at) {
        if (at->is_end) continue;
        const auto next = std::next(at);
        const auto prefix = prefix_between(
            at->key, next == elements.end() ? std::nullopt : std::optional(next->key));
        if (!prefix) continue;
        held.push_back({*prefix, at->left ? Until(now + *at->left) : Until{}});
    }
    return held;
}

std::string nft_remove_all()
{
    // Deleting a table that is not there is an error, adding one that is there is none.
    return "add table inet mailban\ndelete table inet mailban\n";
}

}  // namespace mailban
