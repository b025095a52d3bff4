#include "io/store/checkpointer.h"

#include <sqlite3.h>

#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

// Passive: waits for nobody, and leaves what somebody still reads.
void copy_log(sqlite3* database)
{
    sqlite3_wal_checkpoint_v2(database, "main", SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace

Checkpointer::Checkpointer(sqlite3* database, std::string path)
    : database_(database), path_(std::move(path))
{
    sqlite3_wal_hook(database_, &Checkpointer::committed, this);
}

Checkpointer::~Checkpointer()
{
    sqlite3_wal_hook(database_, nullptr, nullptr);
    wait();
}

void Checkpointer::wait()
{
    if (thread_.joinable()) thread_.join();
}

int Checkpointer::committed(void* self, sqlite3* database, const char*, int pages)
{
    if (pages >= kTooManyPages) {
        copy_log(database);
    } else if (pages >= kPages) {
        static_cast<Checkpointer*>(self)->begin();
    }
    return SQLITE_OK;
}

void Checkpointer::begin()
{
    if (is_running_.load()) return;
    wait();
    is_running_.store(true);
    try {
        thread_ = std::thread([this] { copy(); });
    } catch (const std::system_error&) {
        // There is no thread to be had: the log grows until the commits copy it.
        is_running_.store(false);
    }
}

void Checkpointer::copy()
{
    if (!own_) {
        sqlite3* raw = nullptr;
        const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
        const int opened = sqlite3_open_v2(path_.c_str(), &raw, flags, nullptr);
        DatabaseHandle handle(raw);
        if (opened == SQLITE_OK) {
            // Where the database is damaged, its log is evidence: closing must not touch it.
            keep_as_it_is(raw);
            // A connection that has read nothing does not know that there is a log.
            sqlite3_exec(raw, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
            own_ = std::move(handle);
        }
    }
    if (own_) copy_log(own_.get());
    is_running_.store(false);
}

}  // namespace mailban::io
