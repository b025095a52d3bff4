// The store's lists of who is trusted, and of logs' clocks: few entries, rarely written.
#include "io/store/statement.h"
#include "io/store/store.h"

namespace mailban::io {

namespace {

bool run(Statement& statement)
{
    const int result = statement.step();
    return result == SQLITE_DONE || result == SQLITE_ROW;
}

enum class Reading : std::uint8_t { done, failed, refused };

// Until `row` refuses what no Store has written.
template <class Row>
Reading each_row(Statement& query, Row&& row)
{
    int result = SQLITE_OK;
    while ((result = query.step()) == SQLITE_ROW)
        if (!row(query)) return Reading::refused;
    return result == SQLITE_DONE ? Reading::done : Reading::failed;
}

}  // namespace

Status Store::put_allowed(const Allowed& entry)
{
    Statement statement(handle(), "INSERT OR REPLACE INTO allowed VALUES (?,?,?,?)");
    statement.bind(entry.prefix.to_string(), entry.since, entry.until, entry.reason);
    if (!run(statement)) return last_failure();
    return Done{};
}

Status Store::end_allowed(const Prefix& prefix)
{
    Statement statement(handle(), "DELETE FROM allowed WHERE prefix = ?");
    if (!run(statement.bind(prefix.to_string()))) return last_failure();
    return Done{};
}

Status Store::put_addresses(const std::string& name, const std::vector<IpAddress>& addresses)
{
    Statement clear(handle(), "DELETE FROM host_addresses WHERE name = ?");
    if (!run(clear.bind(name))) return last_failure();
    Statement put(handle(), "INSERT OR REPLACE INTO host_addresses VALUES (?,?)");
    for (const IpAddress& address : addresses)
        if (!run(put.bind(name, address.to_string()))) return last_failure();
    return Done{};
}

Result<std::vector<Allowed>> Store::allowed()
{
    std::vector<Allowed> all;
    Statement query(handle(), "SELECT prefix, since, until, reason FROM allowed ORDER BY prefix");
    const auto reading = each_row(query.bind(), [&all](const Statement& row) {
        const auto prefix = Prefix::parse(row.text(0));
        if (!prefix) return false;
        Allowed& entry = all.emplace_back();
        entry.prefix = *prefix;
        entry.origin = AllowOrigin::manual;
        entry.since = row.time(1);
        entry.until = row.until(2);
        entry.reason = row.text(3);
        return true;
    });
    if (reading == Reading::refused) return refused_row();
    if (reading == Reading::failed) return last_failure();
    return all;
}

Result<std::map<std::string, std::vector<IpAddress>>> Store::host_addresses()
{
    std::map<std::string, std::vector<IpAddress>> all;
    Statement query(handle(), "SELECT name, ip FROM host_addresses ORDER BY name, ip");
    const auto reading = each_row(query.bind(), [&all](const Statement& row) {
        const auto ip = IpAddress::parse(row.text(1));
        if (ip) all[row.text(0)].push_back(*ip);
        return ip.has_value();
    });
    if (reading == Reading::refused) return refused_row();
    if (reading == Reading::failed) return last_failure();
    return all;
}

Result<std::vector<KnownLogin>> Store::logins_of(const IpAddress& client, std::size_t limit)
{
    std::vector<KnownLogin> all;
    Statement query(handle(),
                    "SELECT ip, account, since, last FROM logins WHERE ip = ? "
                    "ORDER BY last DESC LIMIT ?");
    query.bind(client.to_string(), limit);
    const auto reading = each_row(query, [&](const Statement& row) {
        all.push_back({client, row.text(1), row.time(2), row.time(3)});
        return true;
    });
    if (reading == Reading::refused) return refused_row();
    if (reading == Reading::failed) return last_failure();
    return all;
}

Status Store::put_clock(const std::string& source, const std::optional<LearnedClock>& learned)
{
    Statement clear(handle(), "DELETE FROM log_clocks WHERE source = ?");
    if (!run(clear.bind(source))) return last_failure();
    if (!learned) return Done{};
    Statement put(handle(), "INSERT INTO log_clocks VALUES (?,?,?)");
    if (!run(put.bind(source, static_cast<int>(learned->kind), learned->offset.count())))
        return last_failure();
    return Done{};
}

Result<std::map<std::string, LearnedClock>> Store::clocks()
{
    std::map<std::string, LearnedClock> all;
    Statement query(handle(), "SELECT source, kind, offset FROM log_clocks");
    const auto reading = each_row(query.bind(), [&all](const Statement& row) {
        const std::chrono::seconds offset(row.integer(2));
        if (row.integer(1) < 0 || row.integer(1) > 1 ||
            std::chrono::abs(offset) > std::chrono::days(2))
            return false;
        all.emplace(row.text(0),
                    LearnedClock{static_cast<LearnedClock::Kind>(row.integer(1)), offset});
        return true;
    });
    if (reading == Reading::failed) return last_failure();
    if (reading == Reading::refused) return refused_row();
    return all;
}

}  // namespace mailban::io
