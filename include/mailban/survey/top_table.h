// TopTable: one row a client, a subnet or an account, and never more rows than there is room for.
//
// When all rows are taken, the half of them with the fewest wrong passwords goes (of equals, what
// was unseen for longest) and is counted as forgotten; who of these comes again begins at nothing.
// So whoever stands at the top has at least what is said of him.
#pragma once

#include "mailban/keyed_pool.h"
#include "mailban/parse/event.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

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

    TopTable(std::size_t room, Hash hash) : room_(std::max<std::size_t>(room, 2)), rows_(hash) {}

    // The row of `key`, and whether it is new. Good until the next call.
    std::pair<TopRow&, bool> row_of(const Key& key, Timestamp at)
    {
        if (const Slot known = rows_.find(key); known != kNoSlot) return {rows_[known].row, false};
        if (rows_.size() >= room_) make_room();
        const Slot added = rows_.add({key, {.number = made_, .first = at, .last = at}});
        ++made_;
        return {rows_[added].row, true};
    }

    std::size_t size() const noexcept { return rows_.size(); }
    std::uint64_t forgotten() const noexcept { return forgotten_; }

    // The `count` worst that have done anything bad, worst first; among equals by key.
    std::vector<Row> worst(std::size_t count) const
    {
        std::vector<Slot> bad;
        rows_.each([&](Slot slot) {
            if (rows_[slot].row.failures + rows_[slot].row.others > 0) bad.push_back(slot);
        });
        count = std::min(count, bad.size());
        const auto end = bad.begin() + static_cast<std::ptrdiff_t>(count);
        std::partial_sort(bad.begin(), end, bad.end(), [this](Slot one, Slot other) {
            const Entry& a = rows_[one];
            const Entry& b = rows_[other];
            return std::tie(b.row.attempts, b.row.others, a.key) <
                   std::tie(a.row.attempts, a.row.others, b.key);
        });
        std::vector<Row> list;
        list.reserve(count);
        for (auto slot = bad.begin(); slot != end; ++slot)
            list.emplace_back(rows_[*slot].key, rows_[*slot].row);
        return list;
    }

private:
    void make_room()
    {
        using Weight = std::tuple<std::uint64_t, std::uint64_t, Timestamp, std::uint32_t>;
        const auto weight_of = [](const TopRow& row) {
            return Weight{row.attempts, row.others, row.last, row.number};
        };
        std::vector<Slot> all;
        all.reserve(rows_.size());
        rows_.each([&](Slot slot) { all.push_back(slot); });
        const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
        std::nth_element(all.begin(), middle, all.end(), [&](Slot one, Slot other) {
            return weight_of(rows_[one].row) < weight_of(rows_[other].row);
        });
        for (auto slot = all.begin(); slot != middle; ++slot)
            rows_.remove(*slot);
        forgotten_ += static_cast<std::uint64_t>(middle - all.begin());
    }

    struct Entry {
        Key key{};
        TopRow row{};
    };

    std::size_t room_;
    KeyedPool<Entry, Hash> rows_;
    std::uint64_t forgotten_ = 0;
    std::uint32_t made_ = 0;
};

}  // namespace mailban
