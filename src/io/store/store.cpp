#include "io/store/store.h"

#include "io/files/trusted_file.h"
#include "io/store/database.h"
#include "io/store/row.h"
#include "io/store/statement.h"

#include <algorithm>
#include <filesystem>

namespace mailban::io {

namespace {

constexpr const char* kFileName = "/mailban.db";

}  // namespace

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
        return Error{"state database " + path + ": a row holds what was never written"};
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
             {&put_event, &replace_ban, &put_ban, &end_ban, &put_offender, &put_login, &drop_login,
              &clear_position, &put_position, &put_journal})
            if (one->prepared() != SQLITE_OK) return one->prepared();
        return SQLITE_OK;
    }

    Statement prepare(const std::string& sql) const { return {handle.get(), sql}; }

    DatabaseHandle handle;
    std::string path;
    bool is_damaged = false;
    bool is_busy = false;
    Statement put_event = prepare(std::string("INSERT INTO events (") + kEventColumns +
                                  ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
    Statement replace_ban = prepare(
        "UPDATE bans SET since = ?, until = ?, origin = ?, rule = ?, reason = ?, count = ?, level "
        "= ?, ports = ? "
        "WHERE prefix = ? AND ended IS NULL");
    Statement put_ban =
        prepare(std::string("INSERT INTO bans (") + kBanColumns + ") VALUES (?,?,?,?,?,?,?,?,?)");
    Statement end_ban =
        prepare("UPDATE bans SET ended = ?, why = ? WHERE prefix = ? AND ended IS NULL");
    Statement put_offender = prepare("INSERT OR REPLACE INTO offenders VALUES (?,?,?)");
    Statement put_login = prepare("INSERT OR REPLACE INTO logins VALUES (?,?,?,?)");
    Statement drop_login = prepare("DELETE FROM logins WHERE ip = ? AND account = ?");
    Statement clear_position = prepare("DELETE FROM positions WHERE source = ? AND number >= ?");
    Statement put_position = prepare("INSERT OR REPLACE INTO positions VALUES (?,?,?,?,?,?,?)");
    Statement put_journal = prepare("INSERT OR REPLACE INTO journal_positions VALUES (?,?,?)");
};

Store::Store(std::unique_ptr<Database> database) : database_(std::move(database)) {}
Store::~Store() = default;

sqlite3* Store::handle() const noexcept
{
    return database_->handle.get();
}

Error Store::last_failure()
{
    return database_->failure();
}

Error Store::refused_row()
{
    return database_->refused_row();
}

Store::Opening Store::try_open(const std::string& directory)
{
    std::error_code ec;
    if (std::filesystem::create_directories(directory, ec)) {
        std::filesystem::permissions(directory, std::filesystem::perms::owner_all, ec);
    }
    if (ec) {
        return {nullptr,
                Error{"cannot create the state directory " + directory + ": " + ec.message()}};
    }
    // What stands there decides who is banned and trusted.
    if (auto checked = check_state_directory(directory); !checked)
        return {nullptr, std::move(checked), false};
    const std::string path = directory + kFileName;
    keep_to_ourselves(path);
    auto file = open_database(path);
    if (!file.status) return {nullptr, std::move(file.status), file.is_damaged};
    auto database = std::make_unique<Database>(std::move(file.handle), path);
    if (const int result = database->prepared(); result != SQLITE_OK) {
        database->is_damaged = tells_of_damage(result) || result == SQLITE_ERROR;
        const Error error{"state database " + path + ": " + sqlite3_errstr(result)};
        return {nullptr, error, database->is_damaged};
    }
    Opening opened;
    opened.store = std::make_unique<Store>(std::move(database));
    return opened;
}

Result<std::unique_ptr<Store>> Store::open(const std::string& directory)
{
    auto opened = try_open(directory);
    if (!opened.status) return opened.status.error();
    return std::move(opened.store);
}

Result<std::string> Store::set_aside(const std::string& directory, Timestamp now)
{
    return set_database_aside(directory + kFileName, now);
}

bool Store::is_busy() const noexcept
{
    return database_->is_busy;
}

bool Store::is_damaged() const noexcept
{
    return database_->is_damaged;
}

Status Store::execute(const char* sql)
{
    return database_->execute(sql);
}

Status Store::begin()
{
    return execute("BEGIN IMMEDIATE");
}

Status Store::commit()
{
    return execute("COMMIT");
}

void Store::rollback() noexcept
{
    sqlite3_exec(database_->handle.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Status Store::put_event(const StoredEvent& stored)
{
    const Event& event = stored.event;
    std::optional<std::int64_t> lasted;
    if (event.lasted) lasted = event.lasted->count();
    return database_->run(database_->put_event.bind(
        event.time, static_cast<int>(event.kind), event.ip.to_string(), event.account,
        static_cast<int>(event.server), static_cast<int>(event.service), to_text(event.reply),
        to_text(event.enhanced), event.attempts, event.client_port, event.pid, stored.source,
        stored.counted, static_cast<int>(event.teller), static_cast<int>(event.may_be_doubled),
        event.session, lasted, event.password, static_cast<int>(event.unanswered)));
}

Status Store::put_ban(const Ban& ban)
{
    const std::string prefix = ban.prefix.to_string();
    const auto origin = static_cast<int>(ban.origin);
    auto replaced = database_->run(
        database_->replace_ban.bind(ban.since, ban.until, origin, ban.rule, ban.reason, ban.count,
                                    ban.level, to_text(ban.ports), prefix));
    if (!replaced || sqlite3_changes(database_->handle.get()) > 0) return replaced;
    return database_->run(database_->put_ban.bind(prefix, ban.since, ban.until, origin, ban.rule,
                                                  ban.reason, ban.count, ban.level,
                                                  to_text(ban.ports)));
}

Status Store::set_back(Timestamp at)
{
    Statement statement(handle(), "UPDATE events SET time = ?1 WHERE time > ?1");
    return database_->run(statement.bind(at));
}

Status Store::withdraw(const IpAddress& ip, Timestamp time,
                       const std::optional<std::string>& account)
{
    Statement statement(handle(),
                        "UPDATE events SET counted = counted - 1 WHERE id = "
                        "(SELECT max(id) FROM events WHERE ip = ?1 AND time = ?2 AND "
                        "account IS ?3 AND counted > 0 AND kind <> ?4)");
    constexpr auto kLogin = static_cast<int>(EventKind::auth_success);
    return database_->run(statement.bind(ip.to_string(), time, account, kLogin));
}

Status Store::end_ban(const Prefix& prefix, Timestamp when, std::string_view why)
{
    return database_->run(database_->end_ban.bind(when, why, prefix.to_string()));
}

Status Store::put_offender(const Offender& offender)
{
    return database_->run(database_->put_offender.bind(offender.prefix.to_string(), offender.level,
                                                       offender.last_ban));
}

Status Store::put_login(const KnownLogin& login, const std::optional<IpAddress>& other)
{
    auto done = database_->run(
        database_->put_login.bind(login.ip.to_string(), login.account, login.since, login.last));
    if (!done || !other) return done;
    return database_->run(database_->drop_login.bind(other->to_string(), login.account));
}

Status Store::put_position(const std::string& source, const SourcePosition& position)
{
    if (const auto* files = std::get_if<LogPosition>(&position)) return put_files(source, *files);
    const auto& [cursor, time] = std::get<JournalPosition>(position);
    return database_->run(database_->put_journal.bind(source, cursor, time));
}

Status Store::put_files(const std::string& source, const LogPosition& position)
{
    std::size_t number = 0;
    for (const FilePosition& file : position.files) {
        auto done = database_->run(
            database_->put_position.bind(source, number, file.device, file.inode, file.offset,
                                         file.fingerprint, file.fingerprint_length));
        if (!done) return done;
        ++number;
    }
    return database_->run(database_->clear_position.bind(source, number));
}

Result<std::vector<Ban>> Store::active_bans()
{
    auto query = database_->prepare(std::string("SELECT ") + kBanColumns +
                                    " FROM bans WHERE ended IS NULL ORDER BY id");
    return database_->rows<Ban>(query.bind(), read_ban);
}

Result<std::vector<Offender>> Store::offenders()
{
    auto query = database_->prepare("SELECT prefix, level, last_ban FROM offenders");
    return database_->rows<Offender>(query.bind(), [](const Statement& row) {
        const auto prefix = Prefix::parse(row.text(0));
        if (!prefix || !is_sane(row.time(2))) return std::optional<Offender>();
        return std::optional(
            Offender{*prefix, static_cast<std::uint32_t>(row.integer(1)), row.time(2)});
    });
}

Result<std::vector<KnownLogin>> Store::logins_since(Timestamp since, std::size_t limit)
{
    auto query = database_->prepare(
        "SELECT ip, account, since, last FROM logins WHERE last >= ? ORDER BY last DESC LIMIT ?");
    auto logins = database_->rows<KnownLogin>(query.bind(since, limit), [](const Statement& row) {
        const auto ip = IpAddress::parse(row.text(0));
        if (!ip || !is_sane(row.time(2)) || !is_sane(row.time(3)))
            return std::optional<KnownLogin>();
        return std::optional(KnownLogin{*ip, row.text(1), row.time(2), row.time(3)});
    });
    if (logins) std::reverse(logins->begin(), logins->end());
    return logins;
}

Result<std::map<std::string, SourcePosition>> Store::positions()
{
    using Entry = std::pair<std::string, FilePosition>;
    auto query = database_->prepare(
        "SELECT source, device, inode, offset, fingerprint, fingerprint_length FROM positions "
        "ORDER BY source, number");
    const auto rows = database_->rows<Entry>(query.bind(), [](const Statement& row) {
        return std::optional(Entry{
            row.text(0),
            {static_cast<std::uint64_t>(row.integer(1)), static_cast<std::uint64_t>(row.integer(2)),
             static_cast<std::uint64_t>(row.integer(3)), static_cast<std::uint64_t>(row.integer(4)),
             static_cast<std::uint32_t>(row.integer(5))}});
    });
    if (!rows) return rows.error();
    std::map<std::string, SourcePosition> positions;
    for (const auto& [source, file] : *rows)
        std::get<LogPosition>(positions[source]).files.push_back(file);
    if (auto added = add_journal_positions(positions); !added) return added.error();
    return positions;
}

Status Store::add_journal_positions(std::map<std::string, SourcePosition>& positions)
{
    using Entry = std::pair<std::string, JournalPosition>;
    auto query = database_->prepare("SELECT source, cursor, time FROM journal_positions");
    auto rows = database_->rows<Entry>(query.bind(), [](const Statement& row) {
        return std::optional(Entry{row.text(0), {row.text(1), row.time(2)}});
    });
    if (!rows) return rows.error();
    for (auto& [source, position] : *rows)
        positions.insert_or_assign(source, std::move(position));
    return Done{};
}

Result<Store::EventsPage> Store::events_since(Timestamp since, std::int64_t from, std::size_t limit)
{
    using Entry = std::pair<StoredEvent, std::int64_t>;
    // "+time": by id alone, else every page would sort all that are new enough.
    auto query =
        database_->prepare(std::string("SELECT ") + kEventColumns +
                           ", id FROM events WHERE id >= ? AND +time >= ? ORDER BY id LIMIT ?");
    auto rows = database_->rows<Entry>(query.bind(from, since, limit), [](const Statement& row) {
        auto event = read_event(row);
        if (!event) return std::optional<Entry>();
        return std::optional(Entry{std::move(*event), row.integer(kBehindEventColumns)});
    });
    if (!rows) return rows.error();
    EventsPage page;
    page.reached = rows->empty() ? from : rows->back().second + 1;
    if (rows->size() == limit) page.next = page.reached;
    page.events.reserve(rows->size());
    for (auto& [event, id] : *rows)
        page.events.push_back(std::move(event));
    return page;
}

Result<std::vector<StoredEvent>> Store::events_of(const IpAddress& ip, std::size_t limit)
{
    auto query =
        database_->prepare(std::string("SELECT ") + kEventColumns +
                           " FROM events WHERE ip = ? ORDER BY time DESC, id DESC LIMIT ?");
    return database_->rows<StoredEvent>(query.bind(ip.to_string(), limit), read_event);
}

Result<std::vector<Store::PastBan>> Store::bans_of(const IpAddress& ip, std::size_t limit)
{
    // A prefix is text here, so each block that could hold the address is asked for by name.
    std::vector<PastBan> bans;
    auto query =
        database_->prepare(std::string("SELECT ") + kBanColumns +
                           ", ended, why FROM bans WHERE prefix = ? ORDER BY id DESC LIMIT ?");
    for (unsigned length = ip.is_v4() ? 32 : 128;; --length) {
        const std::string prefix = Prefix::of(ip, length).to_string();
        auto found = database_->rows<PastBan>(query.bind(prefix, limit), [](const Statement& row) {
            auto ban = read_ban(row);
            if (!ban) return std::optional<PastBan>();
            return std::optional(PastBan{std::move(*ban), row.until(9), row.text(10)});
        });
        if (!found) return found.error();
        bans.insert(bans.end(), found->begin(), found->end());
        if (length == 0) break;
    }
    std::stable_sort(bans.begin(), bans.end(),
                     [](const PastBan& a, const PastBan& b) { return a.ban.since > b.ban.since; });
    if (bans.size() > limit) bans.resize(limit);
    return bans;
}

}  // namespace mailban::io
