// ResolvedName: what a host name of the allowlist stands for, and when to ask for it again.
//
// A known address is given up only for an answer that names addresses, and not this one. Whatever
// else may come of a question (no server answers, it fails, there is no such name any more, it has
// no addresses) leaves what is known as it is: who is locked out cannot mend the name server.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/time/zone.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

// What came of asking for a name's addresses of one family.
struct Lookup {
    enum class LookupResult : std::uint8_t {
        found,
        empty,   // the name exists and has no address of this family
        absent,  // there is no such name
        failed
    };
    LookupResult outcome = LookupResult::failed;
    std::vector<IpAddress> addresses{};
    Duration ttl{};
    std::string problem{};  // of a failure: the cause in words
    bool operator==(const Lookup&) const = default;
};

struct NameAnswer {
    Lookup v4{};
    Lookup v6{};
    bool operator==(const NameAnswer&) const = default;
};

// How soon a name is asked for again: after its time to live within these bounds; after a failure
// first `retry`, and twice as long each further time.
struct ResolvePace {
    Duration shortest = std::chrono::seconds(30);
    Duration longest = std::chrono::hours(1);
    Duration retry = std::chrono::seconds(30);
    Duration longest_retry = std::chrono::minutes(10);
};

class ResolvedName {
public:
    // An answer with more addresses is cut to the first so many of each family.
    static constexpr std::size_t kMostAddresses = 64;

    explicit ResolvedName(std::string name, ResolvePace pace = {});

    // What an earlier run knew.
    void restore(std::vector<IpAddress> addresses);
    // True: the addresses are others now.
    bool take(const NameAnswer& answer, Timestamp now);

    const std::string& name() const noexcept { return name_; }
    // In order, each once.
    const std::vector<IpAddress>& addresses() const noexcept { return addresses_; }
    // From the last answer to the next question.
    Duration pause() const noexcept { return pause_; }
    // What an administrator has to know; empty while the name resolves.
    std::string problem(const Zone& zone = {}) const;

private:
    void note_failure(std::string cause, Timestamp now);

    std::string name_;
    ResolvePace pace_;
    std::vector<IpAddress> addresses_{};
    Duration pause_{};
    std::uint32_t failures_ = 0;  // in a row
    std::optional<Timestamp> failing_since_{};
    std::string cause_{};
};

}  // namespace mailban
