// Checkpointer: copies what the write-ahead log holds into the database, in a thread of its own.
//
// SQLite does so within the commit that fills the log, and waits for the disk twice: for 5 to 30 ms
// whoever waits for what was committed would wait, too. Another connection may do it at any time,
// beside a writer and readers, and a crash in it loses nothing
// (https://www.sqlite.org/wal.html, 3.1 and 4).
#pragma once

#include "io/store/database.h"

#include <atomic>
#include <string>
#include <thread>

namespace mailban::io {

class Checkpointer {
public:
    // The log is copied when it has so many pages, twice as many as SQLite waits for: the first
    // commit after it still waits for the disk once.
    static constexpr int kPages = 2000;
    // The thread does not keep up, or cannot begin: the one that commits copies the log.
    static constexpr int kTooManyPages = 4000;

    // From now on it looks at each commit of `database`, which is open at `path` and outlives this.
    Checkpointer(sqlite3* database, std::string path);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    // Waits until nothing runs. A log that could not be copied is tried again after a commit.
    void wait();

private:
    static int committed(void* self, sqlite3* database, const char* schema, int pages);
    void begin();
    void copy();

    sqlite3* database_;
    std::string path_;
    DatabaseHandle own_{};  // touched by thread_ alone while that runs
    std::thread thread_{};
    std::atomic<bool> is_running_ = false;
};

}  // namespace mailban::io
