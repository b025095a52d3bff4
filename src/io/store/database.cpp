#include "io/store/database.h"

#include "io/store/schema.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>
#include <vector>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// At the start nobody waits for answers, and kBusyMilliseconds holds; then many would.
constexpr int kBusyAtWork = 20;
constexpr int kMaxNames = 100;
// It takes a tenth of a second to look so much over.
constexpr off_t kSmallFile = off_t{32} * 1024 * 1024;
constexpr std::int64_t kMostRewritten = std::int64_t{256} * 1024 * 1024;
// The write-ahead log is written into the database, and begun again, from 8 MiB on (Checkpointer).
// While somebody reads (`mailban report`), and by a large transaction, it becomes larger, and is
// cut back to this afterwards.
constexpr const char* kBoundedLog = "PRAGMA journal_size_limit = 8388608";
// So many pages of a transaction stay in memory until its end, 16 MiB. What has to make room is
// written and read again each time it changes: of a transaction with 40,000 bans, seven times as
// many bytes.
constexpr const char* kWholeTransactions = "PRAGMA cache_spill = 4096";

// Of these a start depends, and they are small.
constexpr std::array kSmallTables{"bans", "offenders", "positions", "journal_positions", "logins"};

enum class Scope : std::uint8_t { small_tables, whole };

OpenedDatabase failed(DatabaseHandle database, Error error, bool is_damaged)
{
    if (is_damaged) keep_as_it_is(database.get());
    return {nullptr, std::move(error), is_damaged};
}

OpenedDatabase failed(DatabaseHandle database, const std::string& path)
{
    const bool is_damaged = tells_of_damage(sqlite3_errcode(database.get()));
    auto error = database_error(database.get(), path);
    return failed(std::move(database), std::move(error), is_damaged);
}

bool execute(sqlite3* database, const std::string& sql)
{
    return sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

// Every step of the schema that the database has not taken yet, each in a transaction.
bool migrate(sqlite3* database, std::size_t from)
{
    for (std::size_t step = from; step < kMigrations.size(); ++step) {
        const std::string sql = "BEGIN IMMEDIATE;" + std::string(kMigrations[step]) +
                                "PRAGMA user_version = " + std::to_string(step + 1) + ";COMMIT;";
        if (execute(database, sql)) continue;
        return false;
    }
    return true;
}

// What SQLite finds wrong; empty: nothing. A result that is no SQLITE_DONE is in `database`.
Result<std::string> look_over(sqlite3* database, const std::string& pragma)
{
    Statement check(database, "PRAGMA " + pragma);
    const int result = check.bind().step();
    if (result != SQLITE_ROW) return Error{sqlite3_errmsg(database)};
    const auto found = check.text(0);
    return found == "ok" ? std::string() : found;
}

// Empty: it is sound, as far as was looked. Indices are compared with their tables where a start
// reads by them.
Result<std::string> find_damage(sqlite3* database, Scope scope)
{
    for (const auto* table : kSmallTables) {
        auto found = look_over(database, "integrity_check(" + std::string(table) + ")");
        if (!found || !found->empty()) return found;
    }
    return scope == Scope::whole ? look_over(database, "quick_check(1)") : std::string();
}

// SQLite takes a header that it does not know for one that it may only read.
bool is_strangely_read_only(sqlite3* database, const std::string& path)
{
    return sqlite3_db_readonly(database, "main") == 1 && ::access(path.c_str(), W_OK) == 0;
}

struct Before {
    bool is_emptied = false;  // there is a file, and nothing in it
    Scope scope = Scope::whole;
};

Before look_at_file(const std::string& path)
{
    struct ::stat st = {};
    Before before;
    before.is_emptied = ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
    const bool is_big = st.st_size > kSmallFile;
    const bool was_clean = ::stat((path + "-wal").c_str(), &st) != 0 || st.st_size == 0;
    before.scope = is_big && was_clean ? Scope::small_tables : Scope::whole;
    return before;
}

std::int64_t number_of(sqlite3* database, const std::string& pragma)
{
    Statement query(database, "PRAGMA " + pragma);
    return query.bind().step() == SQLITE_ROW ? query.integer(0) : 0;
}

// A database of before cannot give pages back until it was written anew, which is done where what
// it holds is written within seconds, however large the file is.
void let_it_shrink(sqlite3* database)
{
    constexpr std::int64_t kIncremental = 2;
    if (number_of(database, "auto_vacuum") == kIncremental) return;
    const auto pages = number_of(database, "page_count") - number_of(database, "freelist_count");
    if (pages * number_of(database, "page_size") > kMostRewritten) return;
    // Where it fails, for want of space say, it stays as it is.
    execute(database, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
}

OpenedDatabase bring_up_to_date(DatabaseHandle database, const std::string& path, Scope scope)
{
    sqlite3* const raw = database.get();
    const auto damaged = [&](const std::string& what) {
        return failed(std::move(database), Error{"state database " + path + ": " + what}, true);
    };
    std::size_t version = 0;
    {
        Statement query(raw, "PRAGMA user_version");
        if (query.bind().step() != SQLITE_ROW) return failed(std::move(database), path);
        version = static_cast<std::size_t>(query.integer(0));
    }
    if (version > kMigrations.size()) {
        return failed(
            std::move(database),
            Error{"state database " + path + " was written by a newer mailban (schema " +
                  std::to_string(version) + "); install that version or move the file away"},
            false);
    }
    if (version < kMigrations.size() && !migrate(raw, version)) {
        // What cannot be added is there already, or what is to be changed is not.
        const bool is_another = sqlite3_errcode(raw) == SQLITE_ERROR;
        const std::string message = sqlite3_errmsg(raw);
        if (is_another) return damaged(message);
        return failed(std::move(database), path);
    }
    if (is_strangely_read_only(raw, path)) return damaged("its header is damaged");
    const auto found = find_damage(raw, scope);
    if (!found) return failed(std::move(database), path);
    if (!found->empty()) return damaged(*found);
    let_it_shrink(raw);
    sqlite3_busy_timeout(raw, kBusyAtWork);
    return {std::move(database), Done{}, false};
}

}  // namespace

bool tells_of_damage(int result) noexcept
{
    const int primary = result & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

Error database_error(sqlite3* database, const std::string& path)
{
    return Error{"state database " + path + ": " + sqlite3_errmsg(database)};
}

void keep_as_it_is(sqlite3* database)
{
    sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

OpenedDatabase open_database(const std::string& path)
{
    const auto before = look_at_file(path);
    if (before.is_emptied)
        return {nullptr, Error{"state database " + path + ": it is empty"}, true};
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const mode_t mask = ::umask(0077);
    const int opened = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    DatabaseHandle database(raw);
    if (opened == SQLITE_OK) {
        sqlite3_busy_timeout(raw, kBusyMilliseconds);
        // Only before anything is in it can a database be made such that it can shrink.
        sqlite3_exec(raw, "PRAGMA auto_vacuum = INCREMENTAL", nullptr, nullptr, nullptr);
        // With WAL, NORMAL never corrupts; a power cut may take back the newest commits, positions
        // and events together, and their lines are read again.
        sqlite3_exec(raw, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    }
    ::umask(mask);
    if (opened != SQLITE_OK) return failed(std::move(database), path);
    for (const auto* pragma : {"PRAGMA synchronous = NORMAL", kBoundedLog, kWholeTransactions})
        if (!execute(raw, pragma)) return failed(std::move(database), path);
    return bring_up_to_date(std::move(database), path, before.scope);
}

Result<std::string> set_database_aside(const std::string& path, Timestamp now)
{
    std::string stamp;
    for (const char c : format_timestamp(std::chrono::floor<std::chrono::seconds>(now)))
        if (c != '-' && c != ':') stamp += c;
    const std::string first = path + ".damaged-" + stamp;
    std::string name = first;
    std::error_code ec;
    for (int number = 2; fs::exists(name, ec) && number < kMaxNames; ++number) {
        name = first;
        name += "-" + std::to_string(number);
    }
    // The database first: what is left of the others belongs to no new one, and SQLite sees that.
    for (const auto* ending : {"", "-wal", "-shm"}) {
        fs::rename(path + ending, name + ending, ec);
        if (ec && ec != std::errc::no_such_file_or_directory) {
            return Error{"cannot rename " + path + ending + ": " + ec.message()};
        }
    }
    return name;
}

}  // namespace mailban::io
