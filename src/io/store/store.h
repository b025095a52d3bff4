// Store: mailban's memory on disk, one SQLite database (WAL) with one writer.
//
// What lines led to and how far they were read go into one transaction, so a crash at any instant
// leaves both or neither (invariant 6). Every error carries the path and SQLite's words.
#pragma once

#include "io/source/source_position.h"
#include "mailban/ban/allowlist.h"
#include "mailban/ban/ledger.h"
#include "mailban/detect/trust.h"
#include "mailban/parse/event.h"
#include "mailban/result.h"
#include "mailban/time/log_zone.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct sqlite3;

namespace mailban::io {

// An event, the name of the log that told it, and how many of its attempts no other line had told.
struct StoredEvent {
    Event event{};
    std::string source{};
    std::uint32_t counted = 0;
    bool operator==(const StoredEvent&) const = default;
};

class Store {
public:
    // Opens or creates DIRECTORY/mailban.db (the directory too), mode 0600 / 0700, and brings its
    // schema up to date. A database of a newer schema is refused, not touched.
    static Result<std::unique_ptr<Store>> open(const std::string& directory);
    // The same, and whether the database is why it could not be: it is damaged. Nothing but
    // set_aside() helps then.
    struct Opening;
    static Opening try_open(const std::string& directory);
    // Gives a database that nobody has open a name with the time in it, so that open() makes a new
    // one. Its name then.
    static Result<std::string> set_aside(const std::string& directory, Timestamp now);
    ~Store();

    // A call has failed because the database is damaged. Nothing else will succeed for good.
    bool is_damaged() const noexcept;
    // The last call that failed was kept by another program, which writes to the database. No call
    // waits longer for one than some hundredths of a second, for whoever is to be answered waits
    // with it.
    bool is_busy() const noexcept;

    // Everything between begin() and commit() becomes durable at once or not at all. After a
    // failed commit the same records may be written again.
    Status begin();
    Status commit();
    void rollback() noexcept;

    // `log` told it; `counted` of its attempts no other line had told.
    Status put_event(const Event& event, const std::string& log, std::uint32_t counted);
    Status put_event(const StoredEvent& stored)
    {
        return put_event(stored.event, stored.source, stored.counted);
    }
    Status set_back(Timestamp at);  // events after `at` happened at `at`
    // The newest such event counts for one attempt less.
    Status withdraw(const IpAddress& ip, Timestamp time, const std::optional<std::string>& account);
    Status put_ban(const Ban& ban);  // replaces the prefix's ban of this origin
    // Ends a ban; `when` and `why` go into the history.
    Status end_ban(const BanKey& key, Timestamp when, BanEndReason why);
    // What these clients did in the events so far counts no longer (store_corrections.cpp).
    Status put_pardon(const Prefix& prefix, Timestamp at);
    Status put_offender(const Offender& offender);  // of level 0: forgets it
    // Replaces the client's login to the account, and that of `other` to the same account.
    Status put_login(const KnownLogin& login, const std::optional<IpAddress>& other = {});
    Status put_position(const std::string& source, const SourcePosition& position);

    // The lists of who is trusted (store_lists.cpp).
    Status put_allowed(const Allowed& entry);  // by hand; replaces the prefix's
    Status end_allowed(const Prefix& prefix);
    Status put_addresses(const std::string& name, const std::vector<IpAddress>& addresses);
    Result<std::vector<Allowed>> allowed();
    Result<std::map<std::string, std::vector<IpAddress>>> host_addresses();
    // What a client's block has logged in to, the latest first.
    Result<std::vector<KnownLogin>> logins_of(const IpAddress& client, std::size_t limit);

    Result<std::vector<Ban>> active_bans();
    Result<std::vector<Offender>> offenders();
    // At most the newest `limit`, the oldest first.
    Result<std::vector<KnownLogin>> logins_since(Timestamp since, std::size_t limit);
    Result<std::map<std::string, SourcePosition>> positions();
    // What a log's lines have shown of its clock; nullopt: nothing any more (store_lists.cpp).
    Status put_clock(const std::string& source, const std::optional<LearnedClock>& learned);
    Result<std::map<std::string, LearnedClock>> clocks();
    // Events at or after `since`, in the order in which they were written, at most `limit` at a
    // time: the first page begins at `from` 0, the next one where the page before says.
    struct EventsPage {
        std::vector<StoredEvent> events{};
        std::vector<Prefix> pardoned{};      // behind them
        std::optional<std::int64_t> next{};  // nullopt: there are no more
        std::int64_t reached = 0;            // from where events that are written later follow
    };
    Result<EventsPage> events_since(Timestamp since, std::int64_t from, std::size_t limit);
    // The `limit` events of one address that were written last, the newest first.
    Result<std::vector<StoredEvent>> events_of(const IpAddress& ip, std::size_t limit);
    // Bans of prefixes that contain `ip`, ended ones included, newest first.
    struct PastBan {
        Ban ban{};
        std::optional<Timestamp> ended{};
        std::optional<BanEndReason> why{};  // where it has ended
    };
    Result<std::vector<PastBan>> bans_of(const IpAddress& ip, std::size_t limit);

    // What the database takes on the disk, its write-ahead log apart.
    struct Size {
        std::uint64_t used = 0;  // bytes of pages that hold something
        std::uint64_t file = 0;
    };
    Result<Size> size();
    // The time of the oldest event; nullopt: there is none.
    Result<std::optional<Timestamp>> oldest_event();
    // The number of the event that was written last; later ones have higher numbers. nullopt: there
    // is none.
    Result<std::optional<std::int64_t>> last_event();

    // Each drops at most `most` rows of a kind, the oldest first (store_prune.cpp). How many in
    // all. Events and ended bans before `before`, offenders whose last ban began before
    // `forget_before`, logins that were not repeated since `logins_before`.
    Result<std::size_t> drop_old(Timestamp before, Timestamp forget_before,
                                 std::optional<Timestamp> logins_before, std::size_t most);
    struct Dropped {
        std::size_t rows = 0;
        std::optional<Timestamp> newest{};  // of these
    };
    Result<Dropped> drop_events(Timestamp before, std::size_t most);
    Result<std::size_t> drop_ended_bans(std::size_t most);
    // Gives some of the pages that hold nothing back to the file system, where there are many.
    // True: there are more.
    Result<bool> give_back_space();

private:
    struct Database;

    Result<std::int64_t> number_of(const std::string& log);
    Status put_files(const std::string& source, const LogPosition& position);
    sqlite3* handle() const noexcept;
    Error last_failure();
    Error refused_row();
    Result<std::optional<std::int64_t>> next_pardon(std::int64_t from);
    Result<std::vector<Prefix>> pardoned_behind(std::int64_t event);
    Status drop_pardons();
    Status add_journal_positions(std::map<std::string, SourcePosition>& positions);
    Result<std::uint64_t> number(const char* pragma);
    Result<std::size_t> drop_rows(const char* sql, Timestamp before, std::size_t most);
    Status execute(const char* sql);

public:
    explicit Store(std::unique_ptr<Database> database);

private:
    std::unique_ptr<Database> database_;
};

struct Store::Opening {
    std::unique_ptr<Store> store{};  // or why not:
    Status status = Done{};
    bool is_damaged = false;
};

}  // namespace mailban::io
