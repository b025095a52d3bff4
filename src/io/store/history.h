// History: the state database, read from its outside for a report. A daemon may be writing to it
// meanwhile; nothing is changed.
#pragma once

#include "io/store/database.h"
#include "io/store/store.h"
#include "mailban/control/activity.h"
#include "mailban/result.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class History {
public:
    // An error names the path and the cause: it is not there, may not be read, or was written by
    // another version.
    static Result<History> open(const std::string& directory);

    // Events at or after `since`, in the order in which they were written.
    Status each_event(Timestamp since, const std::function<void(const StoredEvent&)>& take);
    // Events, bans and ends of bans by time, from `since` up to before `until`. `last_event`: no
    // events that were written after that one. `take` says whether to go on.
    struct Span {
        Timestamp since{};
        std::optional<Timestamp> until{};
        std::optional<std::int64_t> last_event{};
    };
    Status each_activity(const Span& span, const ActivityFilter& filter,
                         const std::function<bool(const Activity&)>& take);
    // Each failed or successful login that names an account.
    Status each_use(const std::function<void(const IpAddress& ip, const std::string& account,
                                             bool is_login)>& take);
    // Bans that began at or after `since`, and those that stand.
    Status each_ban(Timestamp since, const std::function<void(const Ban&, bool is_standing)>& take);
    Result<std::vector<Ban>> active_bans();

private:
    History(DatabaseHandle handle, std::string path)
        : handle_(std::move(handle)), path_(std::move(path))
    {
    }
    Status ended(int result);
    Error refused_row() const;
    class Reader;

    DatabaseHandle handle_;
    std::string path_;
};

}  // namespace mailban::io
