// History: the state database, read from its outside for a report. A daemon may be writing to it
// meanwhile; nothing is changed.
#pragma once

#include "io/store/database.h"
#include "io/store/store.h"
#include "mailban/result.h"

#include <functional>
#include <string>

namespace mailban::io {

class History {
public:
    // An error names the path and the cause: it is not there, may not be read, or was written by
    // another version.
    static Result<History> open(const std::string& directory);

    // Events at or after `since`, in the order in which they were written.
    Status each_event(Timestamp since, const std::function<void(const StoredEvent&)>& take);
    // Bans that began at or after `since`, and those that stand.
    Status each_ban(Timestamp since, const std::function<void(const Ban&, bool is_standing)>& take);

private:
    History(DatabaseHandle handle, std::string path)
        : handle_(std::move(handle)), path_(std::move(path))
    {
    }
    Status ended(int result);
    Error refused_row() const;

    DatabaseHandle handle_;
    std::string path_;
};

}  // namespace mailban::io
