#include "io/store/store.h"

#include "io/files/trusted_file.h"
#include "io/store/database.h"
#include "io/store/row.h"
#include "io/store/store_database.h"

#include <algorithm>
#include <filesystem>

namespace mailban::io {

namespace {

constexpr const char* kFileName = "/mailban.db";

}  // namespace

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
    database_->logs.clear();  // some of them may have been new
    sqlite3_exec(database_->handle.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Status Store::put_ban(const Ban& ban)
{
    const std::string prefix = ban.prefix.to_string();
    const auto origin = static_cast<int>(ban.origin);
    const auto place = static_cast<int>(ban.where);
    auto replaced = database_->run(
        database_->replace_ban.bind(ban.since, ban.until, ban.rule, ban.reason, ban.count,
                                    ban.level, to_text(ban.ports), place, prefix, origin));
    if (!replaced || sqlite3_changes(database_->handle.get()) > 0) return replaced;
    return database_->run(database_->put_ban.bind(prefix, ban.since, ban.until, origin, ban.rule,
                                                  ban.reason, ban.count, ban.level,
                                                  to_text(ban.ports), place));
}

Status Store::end_ban(const BanKey& key, Timestamp when, BanEndReason why)
{
    return database_->run(database_->end_ban.bind(
        when, kBanEndReasonNames.of(why), key.prefix.to_string(), static_cast<int>(key.origin)));
}

Status Store::put_offender(const Offender& offender)
{
    const std::string prefix = offender.prefix.to_string();
    if (offender.level == 0) {
        Statement forget(handle(), "DELETE FROM offenders WHERE prefix = ?");
        return database_->run(forget.bind(prefix));
    }
    return database_->run(database_->put_offender.bind(prefix, offender.level, offender.last_ban));
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
            return std::optional(
                PastBan{std::move(*ban), row.until(kBehindBanColumns),
                        kBanEndReasonNames.named(row.text(kBehindBanColumns + 1))});
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
