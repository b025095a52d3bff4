// Frequent: what came most often of any number of different keys, in bounded memory.
//
// When all rows are taken, the smaller half goes, and the others are lowered alike (Misra and
// Gries): whatever came more often than `missed` says is there, however many others came, and a
// row's count is at most so much too low. Nothing is missed while there is room.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

struct FrequentRow {
    std::uint64_t lines = 0;   // since it has a row
    std::uint64_t missed = 0;  // so many may have come before, at most
    std::uint64_t weight = 0;
    std::uint64_t number = 0;  // in order of appearance
    std::string example{};     // the first of them
};

template <class Key, class Hash>
class Frequent {
public:
    Frequent(std::size_t room, Hash hash) : room_(std::max<std::size_t>(room, 2)), rows_(0, hash) {}

    // One more of `key`. `example`: what one of them looks like, cut to `longest` bytes.
    template <class Text>
    void add(const Key& key, Text example, std::size_t longest)
    {
        auto found = rows_.find(key);
        if (found == rows_.end()) {
            if (rows_.size() >= room_) make_room();
            found = rows_.emplace(key, FrequentRow{.missed = missed_, .number = made_}).first;
            found->second.example = std::string(example.substr(0, longest));
            ++made_;
        }
        ++found->second.lines;
        ++found->second.weight;
    }

    std::size_t size() const noexcept { return rows_.size(); }
    // Of what has no row, no key came more often.
    std::uint64_t missed() const noexcept { return missed_; }

    // All rows, those with the most lines first; of equals, what came first.
    std::vector<std::pair<Key, FrequentRow>> rows() const
    {
        std::vector<std::pair<Key, FrequentRow>> list(rows_.begin(), rows_.end());
        std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
            return std::tie(b.second.lines, a.second.number) <
                   std::tie(a.second.lines, b.second.number);
        });
        return list;
    }

private:
    void make_room()
    {
        std::vector<std::uint64_t> weights;
        weights.reserve(rows_.size());
        for (const auto& [key, row] : rows_)
            weights.push_back(row.weight);
        const auto middle = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 2);
        std::nth_element(weights.begin(), middle, weights.end());
        const auto lowered_by = *middle;
        missed_ += lowered_by;
        boost::unordered::erase_if(
            rows_, [&](const auto& entry) { return entry.second.weight <= lowered_by; });
        for (auto& [key, row] : rows_)
            row.weight -= lowered_by;
    }

    std::size_t room_;
    boost::unordered_flat_map<Key, FrequentRow, Hash> rows_;
    std::uint64_t missed_ = 0;
    std::uint64_t made_ = 0;
};

}  // namespace mailban
