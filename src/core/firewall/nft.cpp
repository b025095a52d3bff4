#include "mailban/firewall/nft.h"

#include <algorithm>
#include <array>
#include <charconv>

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

bool has(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\n") + 1 - first);
}

// "1d2h3m4s5ms", as nft prints what is left of a timeout.
std::optional<Duration> parse_left(std::string_view text)
{
    using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
    Duration left{};
    while (!text.empty()) {
        long count = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (error != std::errc{}) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
        const auto unit = text.substr(0, text.find_first_of("0123456789"));
        if (unit == "d")
            left += count * hours(24);
        else if (unit == "h")
            left += count * hours(1);
        else if (unit == "m")
            left += count * minutes(1);
        else if (unit == "s")
            left += count * seconds(1);
        else if (unit == "ms")
            left += count * std::chrono::milliseconds(1);
        else
            return std::nullopt;
        text.remove_prefix(unit.size());
    }
    return left;
}

// "192.0.2.7 timeout 1h expires 59m59s968ms"
std::optional<Held> parse_element(std::string_view text, std::optional<unsigned> length,
                                  Timestamp now)
{
    text = trimmed(text);
    const auto end = text.find_first_of(" \t\n");
    const auto prefix = Prefix::parse(text.substr(0, end));
    if (!prefix) return std::nullopt;

    Held held{length ? Prefix::of(prefix->base(), *length) : *prefix, {}};
    constexpr std::string_view kExpires = " expires ";
    const auto expires = text.find(kExpires);
    if (expires == std::string_view::npos) return held;
    const auto rest = text.substr(expires + kExpires.size());
    const auto left = parse_left(rest.substr(0, rest.find_first_of(" \t\n")));
    if (!left) return std::nullopt;
    held.until = now + *left;
    return held;
}

// The elements of the set `name`, without the braces; empty where it has none.
std::string_view elements_of(std::string_view listing, std::string_view name)
{
    const auto set = listing.find("\tset " + std::string(name) + " {");
    if (set == std::string_view::npos) return {};
    constexpr std::string_view kElements = "elements = {";
    const auto end_of_set = listing.find("\n\t}", set);
    const auto elements = listing.find(kElements, set);
    if (elements == std::string_view::npos || elements > end_of_set) return {};
    const auto first = elements + kElements.size();
    const auto close = listing.find('}', first);
    return listing.substr(first, close == std::string_view::npos ? close : close - first);
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

bool nft_rules_fit(std::string_view listing, const NftShape& shape)
{
    // nft writes the comparison out where there is a mask, and leaves it out where there is none.
    const auto fits = [&](bool is_v4) {
        const auto key = key_of(shape, is_v4);
        const std::string set(keys_set(is_v4));
        return has(listing, key + set) || has(listing, key + "== " + set);
    };
    return fits(true) && fits(false);
}

bool nft_stands(std::string_view listing, const NftShape& shape)
{
    // Ports are not compared: no two versions of nft agree on how to print a set of one.
    return nft_rules_fit(listing, shape) && has(listing, "@blocks4") && has(listing, "@blocks6") &&
           has(listing, "hook input") && has(listing, "jump verdict") &&
           has(listing, "hook forward") == (shape.forward == Forward::yes);
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

std::string nft_list()
{
    return "list table inet mailban";
}

std::vector<Held> parse_nft_list(std::string_view listing, const NftShape& shape, Timestamp now)
{
    std::vector<Held> held;
    const auto read = [&](std::string_view set, std::optional<unsigned> length) {
        auto rest = elements_of(listing, set);
        while (!rest.empty()) {
            const auto comma = rest.find(',');
            if (const auto one = parse_element(rest.substr(0, comma), length, now))
                held.push_back(*one);
            rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        }
    };
    read("banned4", shape.ipv4_length);
    read("banned6", shape.ipv6_length);
    read("blocks4", {});
    read("blocks6", {});
    return held;
}

std::string nft_remove_all()
{
    // Deleting a table that is not there is an error, adding one that is there is none.
    return "add table inet mailban\ndelete table inet mailban\n";
}

}  // namespace mailban
