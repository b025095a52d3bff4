// Rule: how many events of which kinds, in how long, are too many. And what follows.
#pragma once

#include "mailban/name_table.h"
#include "mailban/net/ban_place.h"
#include "mailban/net/port_set.h"
#include "mailban/net/prefix_lengths.h"
#include "mailban/parse/event.h"
#include "mailban/place.h"

#include <array>
#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>

namespace mailban {

class EventKinds {
public:
    EventKinds() = default;
    EventKinds(std::initializer_list<EventKind> kinds)
    {
        for (const auto kind : kinds)
            insert(kind);
    }
    void insert(EventKind kind) { bits_.set(static_cast<std::size_t>(kind)); }
    bool contains(EventKind kind) const { return bits_.test(static_cast<std::size_t>(kind)); }
    void insert(const EventKinds& kinds) { bits_ |= kinds.bits_; }
    bool overlaps(const EventKinds& other) const { return (bits_ & other.bits_).any(); }
    bool empty() const { return bits_.none(); }
    bool operator==(const EventKinds&) const = default;

private:
    std::bitset<kEventKinds> bits_{};
};

// As how many events one of a kind counts, at least 1.
class KindWeights {
public:
    KindWeights() { weights_.fill(1); }
    void set(EventKind kind, std::uint32_t weight)
    {
        weights_[static_cast<std::size_t>(kind)] = weight;
    }
    std::uint32_t of(EventKind kind) const { return weights_[static_cast<std::size_t>(kind)]; }
    bool are_equal() const { return *this == KindWeights(); }
    bool operator==(const KindWeights&) const = default;

private:
    std::array<std::uint32_t, kEventKinds> weights_{};
};

// Whose events are counted together: those of one client (an address, or the block that its ban
// would cover), of one block of the rule's `subnet` lengths, or those that name one account, from
// wherever they come.
enum class CountBy : std::uint8_t { ip, subnet, account };
inline constexpr NameTable<CountBy, 3> kCountByNames({"ip", "subnet", "account"});

// What is counted: events, or the different clients, accounts, or passwords at accounts among them.
// An attempt whose password the log does not tell counts as one of its own.
enum class Distinct : std::uint8_t { none, address, account, password };
inline constexpr NameTable<Distinct, 4> kDistinctNames({"none", "address", "account", "password"});
// What is counted, in the plural: "events", "addresses".
inline constexpr NameTable<Distinct, 4> kCountedNames({"events", "addresses", "accounts",
                                                       "passwords"});

// What follows when a rule trips: a ban, or only a note that there would have been one.
enum class RuleMode : std::uint8_t { enforce, observe };
inline constexpr NameTable<RuleMode, 2> kRuleModeNames({"enforce", "observe"});

struct Rule {
    std::string name{};
    EventKinds on{EventKind::auth_failure};
    std::uint32_t limit = 5;                     // trips on the limit-th event ...
    Duration within = std::chrono::minutes(10);  // ... whose age against the newest is at most this
    std::optional<Duration> ban = std::chrono::hours(1);  // nullopt: for ever
    CountBy by = CountBy::ip;
    Distinct distinct = Distinct::none;
    PrefixLengths subnet{24, 48};  // of `by: subnet`
    KindWeights weights{};         // of events that count as such: with Distinct::none
    // In place of `limit`, each where it is higher; by subnet for IPv4 alone, because an IPv4 block
    // holds strangers to each other and an IPv6 block is mostly one customer's.
    // Until mailban has seen enough logins to tell customers from strangers (Learning).
    std::optional<std::uint32_t> learning_limit{};
    // By subnet, of different addresses: while none of the block has failed twice.
    std::optional<std::uint32_t> single_limit{};
    // What its bans close, exactly; nullopt: firewall.ports, with 25 only where that was offended.
    std::optional<PortSet> ports{};
    RuleMode mode = RuleMode::enforce;
    BanPlace where = BanPlace::both;  // its bans hold
    Place place{};
    bool operator==(const Rule&) const = default;
};

// "5 passwords within 10m", where this is the limit.
std::string limit_text(const Rule& rule, std::uint32_t limit);

}  // namespace mailban
