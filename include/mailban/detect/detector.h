// Detector: every rule's windows for every address under watch; says which rules an event trips.
//
// Its state is a function of the events it was shown, in their order, and of nothing else: shown
// the same events again after a restart, it stands where it stood.
#pragma once

#include "mailban/detect/rule.h"
#include "mailban/detect/sliding_window.h"
#include "mailban/net/seeded_hash.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

struct WindowCount {
    const Rule* rule = nullptr;
    std::size_t count = 0;
};

class Detector {
public:
    // `tracked`: how many addresses are watched at once, at least 1. When full, the least guilty of
    // the longest unseen ones makes room.
    Detector(std::vector<Rule> rules, std::size_t tracked, std::uint64_t hash_seed);

    // Counts `event` as `attempts` attempts made at `at`. Returns the rules it trips, in the order
    // of the configuration; a rule that tripped starts to count anew.
    std::vector<const Rule*> observe(const Event& event, std::uint32_t attempts, Timestamp at);

    // How far each rule has counted for one address; empty when it is not under watch.
    std::vector<WindowCount> counts(const IpAddress& ip) const;

    const std::vector<Rule>& rules() const noexcept { return rules_; }
    bool concerns(EventKind kind) const noexcept;
    std::size_t tracked() const noexcept { return index_.size(); }
    std::uint64_t evicted() const noexcept { return evicted_; }

private:
    struct Suspect {
        IpAddress ip{};
        std::vector<SlidingWindow> windows{};  // one a rule
        std::uint32_t guilt = 0;               // attempts seen since it came under watch
    };
    using Suspects = std::list<Suspect>;  // the longest unseen first

    Suspect& suspect(const IpAddress& ip);
    void make_room();

    std::vector<Rule> rules_;
    std::size_t capacity_;
    std::uint64_t evicted_ = 0;
    Suspects suspects_{};
    boost::unordered_flat_map<IpAddress, Suspects::iterator, SeededHash> index_;
};

}  // namespace mailban
