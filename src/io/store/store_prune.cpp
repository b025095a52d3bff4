// What the store drops, and the space that it gives back.
#include "io/store/statement.h"
#include "io/store/store.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace mailban::io {

namespace {

// Pages that hold nothing are filled again; beyond so many they are given back, some at a time.
constexpr std::uint64_t kSparePages = 1024;
constexpr std::uint64_t kSpareShare = 8;  // and this part of all
constexpr const char* kGiveBack = "PRAGMA incremental_vacuum(64)";
constexpr std::uint64_t kIncremental = 2;

}  // namespace

Result<std::uint64_t> Store::number(const char* pragma)
{
    Statement query(handle(), std::string("PRAGMA ") + pragma);
    if (query.bind().step() != SQLITE_ROW) return last_failure();
    return static_cast<std::uint64_t>(query.integer(0));
}

Result<Store::Size> Store::size()
{
    const auto page = number("page_size");
    const auto pages = number("page_count");
    const auto free = number("freelist_count");
    for (const auto* one : {&page, &pages, &free})
        if (!*one) return one->error();
    return Size{(*pages - std::min(*free, *pages)) * *page, *pages * *page};
}

Result<std::optional<Timestamp>> Store::oldest_event()
{
    Statement query(handle(), "SELECT min(time) FROM events");
    if (query.bind().step() != SQLITE_ROW) return last_failure();
    std::optional<Timestamp> oldest;
    if (query.optional_integer(0)) oldest = query.time(0);
    return oldest;
}

Result<std::size_t> Store::drop_rows(const char* sql, Timestamp before, std::size_t most)
{
    Statement statement(handle(), sql);
    const int result = statement.bind(before, most).step();
    if (result != SQLITE_DONE) return last_failure();
    return static_cast<std::size_t>(sqlite3_changes(handle()));
}

Result<std::size_t> Store::drop_old(Timestamp before, Timestamp forget_before,
                                    std::optional<Timestamp> logins_before, std::size_t most)
{
    const std::array<std::pair<const char*, Timestamp>, 4> kinds{{
        {"DELETE FROM events WHERE id IN "
         "(SELECT id FROM events WHERE time < ? ORDER BY time LIMIT ?)",
         before},
        {"DELETE FROM bans WHERE id IN "
         "(SELECT id FROM bans WHERE ended < ? ORDER BY ended LIMIT ?)",
         before},
        {"DELETE FROM offenders WHERE prefix IN "
         "(SELECT prefix FROM offenders WHERE last_ban < ? ORDER BY last_ban LIMIT ?)",
         forget_before},
        {"DELETE FROM logins WHERE (ip, account) IN "
         "(SELECT ip, account FROM logins WHERE last < ? ORDER BY last LIMIT ?)",
         logins_before.value_or(Timestamp::min())},
    }};
    std::size_t all = 0;
    for (const auto& [sql, at] : kinds) {
        const auto dropped = drop_rows(sql, at, most);
        if (!dropped) return dropped.error();
        all += *dropped;
    }
    if (all == 0) return all;
    if (auto done = drop_pardons(); !done) return done.error();
    return all;
}

Result<Store::Dropped> Store::drop_events(Timestamp before, std::size_t most)
{
    Dropped dropped;
    {
        Statement query(handle(),
                        "SELECT max(time) FROM "
                        "(SELECT time FROM events WHERE time < ? ORDER BY time LIMIT ?)");
        if (query.bind(before, most).step() != SQLITE_ROW) return last_failure();
        if (query.optional_integer(0)) dropped.newest = query.time(0);
    }
    if (!dropped.newest) return dropped;
    const auto rows = drop_rows(
        "DELETE FROM events WHERE id IN "
        "(SELECT id FROM events WHERE time < ? ORDER BY time LIMIT ?)",
        before, most);
    if (!rows) return rows.error();
    dropped.rows = *rows;
    if (auto done = drop_pardons(); !done) return done.error();
    return dropped;
}

Result<std::size_t> Store::drop_ended_bans(std::size_t most)
{
    return drop_rows(
        "DELETE FROM bans WHERE id IN "
        "(SELECT id FROM bans WHERE ended < ? ORDER BY ended LIMIT ?)",
        Timestamp::max(), most);
}

Result<bool> Store::give_back_space()
{
    const auto free = number("freelist_count");
    const auto pages = number("page_count");
    if (!free) return free.error();
    if (!pages) return pages.error();
    if (*free <= kSparePages || *free <= *pages / kSpareShare) return false;
    const auto kind = number("auto_vacuum");
    if (!kind) return kind.error();
    // Of a large database of before: its pages are filled again, and the file stays as large.
    if (*kind != kIncremental) return false;
    if (auto done = execute(kGiveBack); !done) return done.error();
    return true;
}

}  // namespace mailban::io
