// TopTable: one row a client, a subnet or an account, and never more rows than there is room for.
//
// When all rows are taken, the half of them with the fewest wrong passwords goes (of equals, what
// was unseen for longest) and is counted as forgotten; who of these comes again begins at nothing.
// So whoever stands at the top has at least what is said of him.
#pragma once

#include "mailban/parse/event.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

struct TopRow {
    std::uint64_t failures = 0;   // lines that tell of a wrong password
    std::uint64_t attempts = 0;   // wrong passwords, each counted once
    std::uint64_t successes = 0;  // lines that tell of a login
    std::uint64_t others = 0;     // lines that tell of relaying, abuse and the like
    // Whom the failures met: of an address its accounts, of an account its addresses, of a subnet
    // its addresses that did anything.
    std::uint32_t partners = 0;
    std::uint32_t number = 0;  // of this row among all that there ever were
    Timestamp first{};
    Timestamp last{};

    bool operator==(const TopRow&) const = default;
};

// Adds one line to a row, `attempts` being what it tells that no other line had told.
inline void add_to(TopRow& row, const Event& event, std::uint32_t attempts)
{
    row.first = std::min(row.first, event.time);
    row.last = std::max(row.last, event.time);
    switch (event.kind) {
    case EventKind::auth_failure:
        ++row.failures;
        row.attempts += attempts;
        break;
    case EventKind::auth_success: ++row.successes; break;
    case EventKind::auth_unavailable: break;  // says nothing about the client
    default: ++row.others;
    }
}

template <class Key, class Hash>
class TopTable {
public:
    using Row = std::pair<Key, TopRow>;

    TopTable(std::size_t room, Hash hash) : room_(std::max<std::size_t>(room, 2)), rows_(0, hash) {}

    // The row of `key`, and whether it is new. Good until the next call.
    std::pair<TopRow&, bool> row_of(const Key& key, Timestamp at)
    {
        if (const auto found = rows_.find(key); found != rows_.end()) return {found->second, false};
        if (rows_.size() >= room_) make_room();
        const auto added = rows_.emplace(key, TopRow{.number = made_, .first = at, .last = at});
        ++made_;
        return {added.first->second, true};
    }

    std::size_t size() const noexcept { return rows_.size(); }
    std::uint64_t forgotten() const noexcept { return forgotten_; }

    // The `count` worst that have done anything bad, worst first; among equals by key.
    std::vector<Row> worst(std::size_t count) const
    {
        std::vector<Row> list;
        for (const auto& [key, row] : rows_) {
            if (row.failures + row.others > 0) list.emplace_back(key, row);
        }
        count = std::min(count, list.size());
        const auto end = list.begin() + static_cast<std::ptrdiff_t>(count);
        std::partial_sort(list.begin(), end, list.end(), [](const Row& a, const Row& b) {
            return std::tie(b.second.attempts, b.second.others, a.first) <
                   std::tie(a.second.attempts, a.second.others, b.first);
        });
        list.resize(count);
        return list;
    }

private:
    void make_room()
    {
        using Weight = std::tuple<std::uint64_t, std::uint64_t, Timestamp, std::uint32_t>;
        const auto weight_of = [](const TopRow& row) {
            return Weight{row.attempts, row.others, row.last, row.number};
        };
        std::vector<Weight> weights;
        weights.reserve(rows_.size());
        for (const auto& [key, row] : rows_)
            weights.push_back(weight_of(row));
        const auto middle = weights.begin() + static_cast<std::ptrdiff_t>(weights.size() / 2);
        std::nth_element(weights.begin(), middle, weights.end());
        forgotten_ += boost::unordered::erase_if(
            rows_, [&](const auto& entry) { return weight_of(entry.second) < *middle; });
    }

    std::size_t room_;
    boost::unordered_flat_map<Key, TopRow, Hash> rows_;
    std::uint64_t forgotten_ = 0;
    std::uint32_t made_ = 0;
};

}  // namespace mailban
