// What a Store has open: for the sources of Store alone.
#pragma once

#include "io/store/checkpointer.h"
#include "io/store/database.h"
#include "io/store/row.h"
#include "io/store/statement.h"
#include "io/store/store.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mailban::io {

struct Store::Database {
    Database(DatabaseHandle opened, std::string file)
        : handle(std::move(opened)), path(std::move(file))
    {
    }
    ~Database()
    {
        if (is_damaged) keep_as_it_is(handle.get());
    }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    // The error of a call that has just failed.
    Error failure()
    {
        is_damaged |= tells_of_damage(sqlite3_errcode(handle.get()));
        is_busy = sqlite3_errcode(handle.get()) == SQLITE_BUSY;
        return database_error(handle.get(), path);
    }

    Status execute(const char* sql)
    {
        const int result = sqlite3_exec(handle.get(), sql, nullptr, nullptr, nullptr);
        if (result == SQLITE_OK) return Done{};
        return failure();
    }

    Status run(Statement& statement)
    {
        const int result = statement.step();
        if (result == SQLITE_DONE || result == SQLITE_ROW) {
            statement.reset();
            return Done{};
        }
        // No statement of ours is wrong where the schema is what it was.
        is_damaged |= result == SQLITE_ERROR;
        auto error = failure();
        statement.reset();
        return error;
    }

    Error refused_row()
    {
        is_damaged = true;
        return Error{"state database " + path + ": a row contains invalid data"};
    }

    // Every row of a bound query, read by `read`, which refuses what no Store has written.
    template <class Row>
    Result<std::vector<Row>> rows(Statement& query, std::optional<Row> (*read)(const Statement&))
    {
        std::vector<Row> all;
        int result = SQLITE_OK;
        while ((result = query.step()) == SQLITE_ROW) {
            auto row = read(query);
            if (!row) return refused_row();
            all.push_back(std::move(*row));
        }
        if (result == SQLITE_DONE) return all;
        is_damaged |= query.prepared() == SQLITE_ERROR;
        return failure();
    }

    // SQLITE_OK where tables and columns are what the schema's version says.
    int prepared() const
    {
        for (const auto* one :
             {&put_event, &put_log, &find_log, &withdraw, &replace_ban, &put_ban, &end_ban,
              &put_offender, &put_login, &drop_login, &clear_position, &put_position, &put_journal})
            if (one->prepared() != SQLITE_OK) return one->prepared();
        return SQLITE_OK;
    }

    Statement prepare(const std::string& sql) const { return {handle.get(), sql}; }

    DatabaseHandle handle;
    std::string path;
    bool is_damaged = false;
    bool is_busy = false;
    // The numbers of logs that stand in `logs`.
    std::unordered_map<std::string, std::int64_t> logs{};
    Statement put_event = prepare(insert_event());
    Statement put_log = prepare("INSERT OR IGNORE INTO logs (name) VALUES (?)");
    Statement find_log = prepare("SELECT id FROM logs WHERE name = ?");
    // By the time, for it is among the newest.
    Statement withdraw = prepare(
        "UPDATE events SET counted = counted - 1 WHERE id = (SELECT max(id) FROM events INDEXED BY "
        "events_by_time WHERE time = ?1 AND ip = ?2 AND account IS ?3 AND counted > 0 AND kind <> "
        "?4)");
    Statement replace_ban = prepare(
        "UPDATE bans SET since = ?, until = ?, rule = ?, reason = ?, count = ?, level = ?, "
        "ports = ?, place = ? WHERE prefix = ? AND origin = ? AND ended IS NULL");
    Statement put_ban =
        prepare(std::string("INSERT INTO bans (") + kBanColumns + ") VALUES (?,?,?,?,?,?,?,?,?,?)");
    Statement end_ban = prepare(
        "UPDATE bans SET ended = ?, why = ? WHERE prefix = ? AND origin = ? AND "
        "ended IS NULL");
    Statement put_offender = prepare("INSERT OR REPLACE INTO offenders VALUES (?,?,?)");
    Statement put_login = prepare("INSERT OR REPLACE INTO logins VALUES (?,?,?,?)");
    Statement drop_login = prepare("DELETE FROM logins WHERE ip = ? AND account = ?");
    Statement clear_position = prepare("DELETE FROM positions WHERE source = ? AND number >= ?");
    Statement put_position = prepare("INSERT OR REPLACE INTO positions VALUES (?,?,?,?,?,?,?)");
    Statement put_journal = prepare("INSERT OR REPLACE INTO journal_positions VALUES (?,?,?)");
    Checkpointer checkpointer{handle.get(), path};  // ends before what it looks at is closed
};

}  // namespace mailban::io
