// Elements of our nftables sets: what is told of them, and what they are read as.
#include "mailban/firewall/nft.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace mailban {

namespace {

constexpr std::string_view kElementsTable = "inet mailban";
constexpr std::chrono::days kLongInDays{1000};

std::string_view kind_of_set(const Prefix& prefix, const NftShape& shape)
{
    if (prefix.length() == shape.key_length(prefix.is_v4()))
        return prefix.is_v4() ? "banned4" : "banned6";
    return prefix.is_v4() ? "blocks4" : "blocks6";
}

std::string element_of(const Prefix& prefix, const NftShape& shape)
{
    const bool is_key = prefix.length() == shape.key_length(prefix.is_v4());
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

std::string command(std::string_view verb, std::string_view set, const std::string& elements)
{
    std::string line(verb);
    line.append(" element ").append(kElementsTable).append(" ").append(set);
    return line.append(" { ").append(elements).append("}\n");
}

// The changes of one set that one transaction makes.
class Batch {
public:
    explicit Batch(std::string set) : set_(std::move(set)) {}

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
    std::string set_;
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

bool belongs(const Change& change, const Stage& stage, PortGroup group, const NftShape& shape)
{
    if (change.group != group || kind_of_set(change.prefix, shape) != stage.set) return false;
    return stage.deeds == Deeds::all ||
           (change.kind == Change::Kind::remove) == (stage.deeds == Deeds::removals);
}

void add_scripts(std::vector<std::string>& scripts, const Plan& plan, const Stage& stage,
                 PortGroup group, const NftShape& shape, Timestamp now)
{
    const auto set = nft_name(stage.set, group);
    Batch batch(set);
    const auto flush = [&] {
        if (batch.size() > 0) scripts.push_back(batch.script());
        batch = Batch(set);
    };
    for (const auto& change : plan) {
        if (!belongs(change, stage, group, shape)) continue;
        put(batch, change, shape, now);
        if (batch.size() >= kNftChunk) flush();
    }
    flush();
}

}  // namespace

std::vector<std::string> nft_apply(const Plan& plan, const NftShape& shape, Timestamp now)
{
    // Intervals first, and their removals by themselves: within one transaction libnftables takes
    // a block for an overlap even if the other one goes in the same breath.
    constexpr std::array kStages{
        Stage{"blocks4", Deeds::removals},  Stage{"blocks6", Deeds::removals},
        Stage{"blocks4", Deeds::additions}, Stage{"blocks6", Deeds::additions},
        Stage{"banned4", Deeds::all},       Stage{"banned6", Deeds::all}};
    std::set<PortGroup> groups;
    for (const auto& change : plan)
        groups.insert(change.group);
    std::vector<std::string> scripts;
    for (const auto& stage : kStages)
        for (const auto group : groups)
            add_scripts(scripts, plan, stage, group, shape, now);
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

}  // namespace mailban
