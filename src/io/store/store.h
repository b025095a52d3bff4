// Store: mailban's memory on disk, one SQLite database (WAL) with one writer.
//
// What lines led to and how far they were read go into one transaction, so a crash at any instant
// leaves both or neither (invariant 6). Every error carries the path and SQLite's words.
#pragma once

#include "io/source/log_position.h"
#include "mailban/ban/ban.h"
#include "mailban/parse/event.h"
#include "mailban/result.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mailban::io {

// How often a prefix has been banned, and when the last of those bans began.
struct Offender {
    Prefix prefix{};
    std::uint32_t level = 0;
    Timestamp last_ban{};
    bool operator==(const Offender&) const = default;
};

class Store {
public:
    // Opens or creates DIRECTORY/mailban.db (the directory too), mode 0600 / 0700, and brings its
    // schema up to date. A database of a newer schema is refused, not touched.
    static Result<std::unique_ptr<Store>> open(const std::string& directory);
    ~Store();

    // Everything between begin() and commit() becomes durable at once or not at all. After a
    // failed commit the same records may be written again.
    Status begin();
    Status commit();
    void rollback() noexcept;

    Status put_event(const Event& event);
    Status put_ban(const Ban& ban);  // replaces the prefix's ban
    // Ends a ban; `when` and `why` ("expired", "unbanned") go into the history.
    Status end_ban(const Prefix& prefix, Timestamp when, std::string_view why);
    Status put_offender(const Offender& offender);
    Status put_position(const std::string& source, const LogPosition& position);

    Result<std::vector<Ban>> active_bans();
    Result<std::vector<Offender>> offenders();
    Result<std::map<std::string, LogPosition>> positions();
    // Events at or after `since`, oldest first by (time, order of writing).
    Result<std::vector<Event>> events_since(Timestamp since);
    // The newest `limit` events of one address, newest first.
    Result<std::vector<Event>> events_of(const IpAddress& ip, std::size_t limit);
    // Bans of prefixes that contain `ip`, ended ones included, newest first.
    struct PastBan {
        Ban ban{};
        std::optional<Timestamp> ended{};
        std::string why{};
    };
    Result<std::vector<PastBan>> bans_of(const IpAddress& ip, std::size_t limit);

    // Drops events before `before` and offenders whose last ban began before `forget_before`.
    Status prune(Timestamp before, Timestamp forget_before);

private:
    struct Database;
    explicit Store(std::unique_ptr<Database> database);
    std::unique_ptr<Database> database_;
};

}  // namespace mailban::io
