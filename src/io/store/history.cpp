#include "io/store/history.h"

#include "io/store/row.h"
#include "io/store/schema.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace mailban::io {

namespace {

Error wrong_version(const std::string& path, std::int64_t version)
{
    const bool is_newer = version > static_cast<std::int64_t>(kMigrations.size());
    return Error{"state database " + path + " was written by " +
                 (is_newer ? "a newer mailban; install that version"
                           : "an older mailban; start the daemon once")};
}

}  // namespace

Result<History> History::open(const std::string& directory)
{
    const std::string path = directory + "/mailban.db";
    // SQLite says of all causes the same.
    if (::access(path.c_str(), R_OK) != 0)
        return Error{"state database " + path + ": " + std::strerror(errno)};
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    const int opened = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    DatabaseHandle handle(raw);
    if (opened != SQLITE_OK) return database_error(raw, path);
    sqlite3_busy_timeout(raw, kBusyMilliseconds);
    // All is read as of one instant.
    if (sqlite3_exec(raw, "BEGIN", nullptr, nullptr, nullptr) != SQLITE_OK)
        return database_error(raw, path);
    {
        Statement query(raw, "PRAGMA user_version");
        if (query.bind().step() != SQLITE_ROW) return database_error(raw, path);
        const auto version = query.integer(0);
        if (version != static_cast<std::int64_t>(kMigrations.size()))
            return wrong_version(path, version);
    }
    return History(std::move(handle), path);
}

Status History::ended(int result)
{
    if (result == SQLITE_DONE) return Done{};
    return database_error(handle_.get(), path_);
}

Error History::refused_row() const
{
    return Error{"state database " + path_ + ": a row contains invalid data"};
}

Status History::each_event(Timestamp since, const std::function<void(const StoredEvent&)>& take)
{
    Statement query(handle_.get(),
                    "SELECT " + event_columns() + " FROM events WHERE +time >= ? ORDER BY id");
    query.bind(since);
    int result = SQLITE_OK;
    while ((result = query.step()) == SQLITE_ROW) {
        const auto event = read_event(query);
        if (!event) return refused_row();
        take(*event);
    }
    return ended(result);
}

Status History::each_use(
    const std::function<void(const IpAddress&, const std::string&, bool)>& take)
{
    constexpr auto kLogin = static_cast<int>(EventKind::auth_success);
    Statement query(handle_.get(),
                    "SELECT ip, account, kind FROM events WHERE account IS NOT NULL AND kind IN "
                    "(?, ?)");
    query.bind(static_cast<int>(EventKind::auth_failure), kLogin);
    int result = SQLITE_OK;
    while ((result = query.step()) == SQLITE_ROW) {
        const auto ip = IpAddress::parse(query.text(0));
        if (!ip) return refused_row();
        take(*ip, query.text(1), query.integer(2) == kLogin);
    }
    return ended(result);
}

Result<std::vector<Ban>> History::active_bans()
{
    std::vector<Ban> all;
    const auto done = each_ban(Timestamp(kFarthest), [&all](const Ban& ban, bool is_standing) {
        if (is_standing && ban.origin != BanOrigin::observed) all.push_back(ban);
    });
    if (!done) return done.error();
    return all;
}

Status History::each_ban(Timestamp since, const std::function<void(const Ban&, bool)>& take)
{
    Statement query(handle_.get(),
                    std::string("SELECT ") + kBanColumns +
                        ", ended FROM bans WHERE since >= ? OR ended IS NULL ORDER BY id");
    query.bind(since);
    int result = SQLITE_OK;
    while ((result = query.step()) == SQLITE_ROW) {
        const auto ban = read_ban(query);
        if (!ban) return refused_row();
        take(*ban, !query.optional_integer(kBehindBanColumns).has_value());
    }
    return ended(result);
}

}  // namespace mailban::io
