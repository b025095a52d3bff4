// What the state database takes on the disk: names stand once, files shrink, the write-ahead log is
// bounded; and what is in it is found all the same.
#include "io/store/schema.h"
#include "io/store/store.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::database_size_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};
constexpr std::uintmax_t kMebibyte = 1U << 20U;

struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

// Another program that has the database open.
Handle open_beside(const std::string& path)
{
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    return Handle(database);
}

void execute(sqlite3* database, const std::string& sql)
{
    char* problem = nullptr;
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &problem), SQLITE_OK)
        << problem << "\n"
        << sql;
}

Event event_of(const char* ip, int number)
{
    Event event;
    event.time = kStart + std::chrono::seconds(number);
    event.ip = *IpAddress::parse(ip);
    return event;
}

// Bytes that this process has handed to write calls (proc_pid_io(5)); 0: nothing tells.
std::uintmax_t bytes_written()
{
    std::ifstream io("/proc/self/io");
    std::string name;
    std::uintmax_t bytes = 0;
    while (io >> name >> bytes)
        if (name == "wchar:") return bytes;
    return 0;
}

class ADatabase : public ::testing::Test {
protected:
    void SetUp() override { open(); }
    void open()
    {
        store_.reset();
        auto opened = Store::open(directory_.path());
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store_ = std::move(*opened);
    }
    void put(const char* ip, const std::string& log, int from, int to,
             const std::string& account = "somebody.with.a.name@example.com")
    {
        ASSERT_TRUE(store_->begin().ok());
        for (int number = from; number < to; ++number) {
            Event event = event_of(ip, number);
            event.account = account;
            ASSERT_TRUE(store_->put_event({std::move(event), log, 1}).ok());
        }
        ASSERT_TRUE(store_->commit().ok());
    }
    // As if so many events had been written.
    void go_on_at(int number)
    {
        execute(open_beside(directory_ / "mailban.db").get(),
                "UPDATE events SET id = " + std::to_string(number - 1) +
                    " WHERE id = (SELECT max(id) FROM events)");
    }
    std::uintmax_t size_of(const char* file) const
    {
        return std::filesystem::file_size(directory_ / file);
    }

    TempDirectory directory_;
    std::unique_ptr<Store> store_;
};

TEST_F(ADatabase, HoldsTheNameOfALogOnce)
{
    const std::string log = "/var/log/" + std::string(200, 'x');
    put("192.0.2.7", log, 0, 5000);
    EXPECT_LT(store_->size()->used, 5000 * 200U);
    open();
    put("192.0.2.7", log, 5000, 5001);
    const auto page = store_->events_since(kStart, 0, 10'000);
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->events.size(), 5001U);
    for (const auto& stored : page->events)
        EXPECT_EQ(stored.source, log);
}

// 30,000 clients' failures and their bans, in no order of addresses. The log has fewer pages than
// the Checkpointer waits for: its thread would write, too.
TEST_F(ADatabase, WritesEachPageOfALargeTransactionOnce)
{
    constexpr unsigned kSpread = 7919;  // without a divisor in common with 30,000
    const auto before = bytes_written();
    ASSERT_GT(before, 0U) << "/proc/self/io does not tell";
    ASSERT_TRUE(store_->begin().ok());
    for (int number = 0; number < 30'000; ++number) {
        const unsigned client = static_cast<unsigned>(number) * kSpread % 30'000;
        Event event;
        event.time = kStart + std::chrono::milliseconds(number);
        event.ip = IpAddress::v4(203, 0, static_cast<std::uint8_t>(client >> 8),
                                 static_cast<std::uint8_t>(client));
        event.account = "somebody.with.a.name@example.com";
        ASSERT_TRUE(store_->put_event({event, "log", 1}).ok());
        Ban ban;
        ban.prefix = Prefix::host(event.ip);
        ban.since = event.time;
        ASSERT_TRUE(store_->put_ban(ban).ok());
    }
    ASSERT_TRUE(store_->commit().ok());
    EXPECT_LT(bytes_written() - before, size_of("mailban.db-wal") * 11 / 10);
}

TEST_F(ADatabase, KnowsALogThatWasNewInATransactionThatWasRolledBack)
{
    ASSERT_TRUE(store_->begin().ok());
    ASSERT_TRUE(store_->put_event({event_of("192.0.2.7", 0), "a", 1}).ok());
    store_->rollback();
    put("192.0.2.7", "b", 1, 2);
    put("192.0.2.7", "a", 2, 3);
    const auto events = store_->events_of(*IpAddress::parse("192.0.2.7"), 10);
    ASSERT_TRUE(events.ok());
    ASSERT_EQ(events->size(), 2U);
    EXPECT_EQ((*events)[0].source, "a");
    EXPECT_EQ((*events)[1].source, "b");
}

TEST_F(ADatabase, FindsWhatAnAddressDidAmongAllEvents)
{
    const auto ip = *IpAddress::parse("192.0.2.7");
    EXPECT_TRUE(store_->events_of(ip, 10)->empty());
    constexpr int kMany = 1 << 15;
    put("192.0.2.7", "log", 0, 1);
    put("198.51.100.1", "log", 1, 100);
    go_on_at(kMany);
    put("192.0.2.7", "log", kMany, kMany + 2);
    put("198.51.100.1", "log", kMany + 2, kMany + 100);
    go_on_at(2 * kMany + 10);
    put("192.0.2.7", "log", 3 * kMany, 3 * kMany + 1);
    const auto times = [&](std::size_t limit) {
        std::vector<long> found;
        const auto events = store_->events_of(ip, limit);
        EXPECT_TRUE(events.ok());
        for (const auto& stored : *events)
            found.push_back((stored.event.time - kStart) / 1s);
        return found;
    };
    EXPECT_THAT(times(10), ElementsAre(3 * kMany, kMany + 1, kMany, 0));
    EXPECT_THAT(times(2), ElementsAre(3 * kMany, kMany + 1));
}

TEST_F(ADatabase, OfWhichNothingIsLeftShrinksAtTheNextStartThoughAnEarlierOneCouldNot)
{
    store_.reset();
    std::filesystem::remove(directory_ / "mailban.db");
    {
        const auto before = open_beside(directory_ / "mailban.db");
        for (const auto* const step : kMigrations)
            execute(before.get(), step);
        execute(before.get(), "PRAGMA user_version = " + std::to_string(kMigrations.size()));
        execute(before.get(),
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
                "INSERT INTO events (time, kind, ip, server, service, attempts, source, session) "
                "SELECT i, 0, '192.0.2.7', 0, 0, 1, 'log', hex(zeroblob(5000)) FROM n");
        execute(before.get(), "DELETE FROM events WHERE time < 4000");
    }
    ASSERT_GT(size_of("mailban.db"), 32 * kMebibyte);
    open();
    EXPECT_LT(size_of("mailban.db"), kMebibyte);
    EXPECT_LT(store_->size()->file, kMebibyte);
    const auto left = store_->events_of(*IpAddress::parse("192.0.2.7"), 10);
    ASSERT_TRUE(left.ok());
    EXPECT_EQ(left->size(), 1U);
}

// While somebody reads, nothing that was written since can go from the log into the database.
TEST_F(ADatabase, CutsItsWriteAheadLogBackWhenAReaderHasGone)
{
    constexpr auto kBound = 8 * kMebibyte;
    auto reader = open_beside(directory_ / "mailban.db");
    execute(reader.get(), "BEGIN; SELECT count(*) FROM events");
    for (int turn = 0; turn < 60; ++turn)
        put("192.0.2.7", "log", turn * 100, turn * 100 + 100, std::string(2000, 'x'));
    ASSERT_GT(size_of("mailban.db-wal"), kBound);
    reader.reset();
    // It is copied by a thread of its own, and begun again by the transaction after that.
    for (int turn = 0; turn < 1000 && size_of("mailban.db-wal") > kBound; ++turn)
        put("192.0.2.7", "log", turn * 10, turn * 10 + 10);
    EXPECT_LE(size_of("mailban.db-wal"), kBound);
}

}  // namespace
}  // namespace mailban::io::database_size_test
