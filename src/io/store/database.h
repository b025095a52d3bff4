// The file under Store: opened, brought up to date and looked over; set aside when it is damaged.
//
// Damage is what SQLite finds wrong with the bytes, and a schema that is not what its version says.
// A disk that is full, a file system that is read-only, a file that may not be opened or that a
// newer mailban wrote are none: the file is left alone.
#pragma once

#include "io/store/statement.h"
#include "mailban/result.h"
#include "mailban/time/time.h"

#include <memory>
#include <string>

namespace mailban::io {

// How long a statement waits while another process writes to the database.
inline constexpr int kBusyMilliseconds = 5000;

struct CloseDatabase {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;

struct OpenedDatabase {
    DatabaseHandle handle{};
    Status status = Done{};
    bool is_damaged = false;
};

// Opens or creates the database, mode 0600. Looks over all of it where it is small or was not
// closed, else what a start depends on: a million events are looked over in half a second.
OpenedDatabase open_database(const std::string& path);

// Whether one of SQLite's results says that the file is damaged.
bool tells_of_damage(int result) noexcept;

// The last error of `database`, with the path.
Error database_error(sqlite3* database, const std::string& path);

// From now on closing it leaves its write-ahead log as it is.
void keep_as_it_is(sqlite3* database);

// Renames the database, which must be closed, and what belongs to it to names with the time in
// them. What the database is called then; an error: something still has the old name.
Result<std::string> set_database_aside(const std::string& path, Timestamp now);

}  // namespace mailban::io
