// Lists in pages: no answer takes the daemon's one thread for long, however long the list is.
//
// A page begins behind the row at which the page before it ended, its cursor. It costs as much as
// it has rows. Rows that stand all the time are in exactly one page; a row that comes or goes
// between two pages is in the list or is not.
#pragma once

#include "mailban/ban/allowlist.h"
#include "mailban/ban/ledger.h"
#include "mailban/control/ban_filter.h"
#include "mailban/result.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

// Of one page; fewer where a request says so.
inline constexpr std::size_t kMostRows = 500;

// What a request says of its page.
struct PageOf {
    std::string after{};  // the `next` of the page before; empty: the first page
    std::size_t most = kMostRows;
    bool operator==(const PageOf&) const = default;
};

template <class Row>
struct Page {
    std::vector<Row> rows{};
    std::optional<std::string> next{};  // nullopt: this is the last one
};

// A page of a filtered list looks at so many rows, and may have none of them.
inline constexpr std::size_t kMostRowsSeen = 10 * kMostRows;

// In order of prefix. An error: `after` is no cursor of this list.
Result<Page<Ban>> page_of(const Ledger& ledger, const PageOf& wanted, const BanFilter& which = {});
// In order of origin, source and prefix.
Result<Page<Allowed>> page_of(const Allowlist& allowlist, const PageOf& wanted);
// Of rows that are numbered from 0: which ones.
struct RowRange {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::optional<std::string> next{};
};
Result<RowRange> page_of(std::size_t rows, const PageOf& wanted);

}  // namespace mailban
