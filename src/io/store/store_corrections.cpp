// What changes what earlier events mean: a clock that was set back, attempts that were none, and
// what an administrator has pardoned.
#include "io/store/statement.h"
#include "io/store/store.h"
#include "io/store/store_database.h"

namespace mailban::io {

namespace {

bool run_correction(Statement& statement)
{
    return statement.step() == SQLITE_DONE;
}

}  // namespace

Status Store::set_back(Timestamp at)
{
    Statement statement(handle(), "UPDATE events SET time = ?1 WHERE time > ?1");
    if (!run_correction(statement.bind(at))) return last_failure();
    return Done{};
}

Status Store::withdraw(const IpAddress& ip, Timestamp time,
                       const std::optional<std::string>& account)
{
    constexpr auto kLogin = static_cast<int>(EventKind::auth_success);
    return database_->run(database_->withdraw.bind(time, ip.to_string(), account, kLogin));
}

Status Store::put_pardon(const Prefix& prefix, Timestamp at)
{
    Statement put(handle(),
                  "INSERT INTO pardons (behind, prefix, time) VALUES "
                  "((SELECT coalesce(max(id), 0) FROM events), ?, ?)");
    if (!run_correction(put.bind(prefix.to_string(), at))) return last_failure();
    return Done{};
}

// Behind which event, from `from` on, something was pardoned next.
Result<std::optional<std::int64_t>> Store::next_pardon(std::int64_t from)
{
    Statement query(handle(), "SELECT min(behind) FROM pardons WHERE behind >= ?");
    if (query.bind(from).step() != SQLITE_ROW) return last_failure();
    return query.optional_integer(0);
}

Result<std::vector<Prefix>> Store::pardoned_behind(std::int64_t event)
{
    std::vector<Prefix> prefixes;
    Statement query(handle(), "SELECT prefix FROM pardons WHERE behind = ? ORDER BY id");
    query.bind(event);
    int result = SQLITE_OK;
    while ((result = query.step()) == SQLITE_ROW) {
        const auto prefix = Prefix::parse(query.text(0));
        if (!prefix) return refused_row();
        prefixes.push_back(*prefix);
    }
    if (result != SQLITE_DONE) return last_failure();
    return prefixes;
}

// Those that stand before all events that are left say nothing any more. An event's number may come
// again once it was dropped, so none may stand behind the last one.
Status Store::drop_pardons()
{
    for (const char* const sql :
         {"DELETE FROM pardons WHERE behind < (SELECT coalesce(min(id), 9223372036854775807) "
          "FROM events)",
          "UPDATE pardons SET behind = (SELECT max(id) FROM events) WHERE behind > "
          "(SELECT max(id) FROM events)"}) {
        Statement statement(handle(), sql);
        if (!run_correction(statement)) return last_failure();
    }
    return Done{};
}

}  // namespace mailban::io
