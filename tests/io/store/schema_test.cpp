// A database of every earlier schema is brought up to date, and what is in it is read as it was
// meant.
#include "io/store/schema.h"

#include "io/store/store.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace mailban::io::schema_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr Timestamp kStart{std::chrono::microseconds(1'800'000'000'000'000)};

void execute(sqlite3* database, const std::string& sql)
{
    char* problem = nullptr;
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &problem), SQLITE_OK)
        << problem << "\n"
        << sql;
}

// What that schema had room for, in its own words.
void fill(sqlite3* database, std::size_t version)
{
    execute(
        database,
        "INSERT INTO events (time, kind, ip, account, server, service, attempts, source) VALUES "
        "(1800000000000000, 0, '192.0.2.7', 'bob', 1, 1, 3, '/var/log/mail.log');"
        "INSERT INTO bans (prefix, since, until, origin, rule, reason, count, level) VALUES "
        "('192.0.2.7/32', 1800000000000000, 1800003600000000, 0, 'r', 'why', 5, 2),"
        "('2001:db8::/64', 1800000000000000, NULL, 1, '', 'by hand', 0, 1);"
        "INSERT INTO bans (prefix, since, until, origin, rule, reason, count, level, ended, why) "
        "VALUES ('192.0.2.7/32', 1700000000000000, 1700003600000000, 0, 'r', '', 5, 1, "
        "1700003600000000, 'expired');"
        "INSERT INTO offenders VALUES ('192.0.2.7/32', 2, 1800000000000000);"
        "INSERT INTO positions VALUES ('/var/log/mail.log', 0, 1, 2, 3, -4, 5);");
    if (version >= 3)
        execute(database,
                "INSERT INTO journal_positions VALUES ('journal', 's=1', 1800000000000000);");
    if (version >= 4)
        execute(database,
                "INSERT INTO logins VALUES ('192.0.2.9', 'amy', 1800000000000000, "
                "1800000000000001);");
}

void make(const std::string& path, std::size_t version)
{
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    for (std::size_t step = 0; step < version; ++step)
        execute(database, kMigrations[step]);
    execute(database, "PRAGMA user_version = " + std::to_string(version));
    fill(database, version);
    sqlite3_close(database);
}

void expect_bans(Store& store)
{
    const auto bans = store.active_bans();
    ASSERT_TRUE(bans.ok()) << bans.error().message;
    ASSERT_EQ(bans->size(), 2U);
    EXPECT_EQ((*bans)[0].prefix, *Prefix::parse("192.0.2.7/32"));
    EXPECT_EQ((*bans)[0].until, kStart + 1h);
    EXPECT_EQ((*bans)[0].level, 2U);
    EXPECT_EQ((*bans)[1].until, std::nullopt);
    EXPECT_EQ((*bans)[1].origin, BanOrigin::manual);
    const auto offenders = store.offenders();
    ASSERT_TRUE(offenders.ok());
    EXPECT_THAT(*offenders, ElementsAre(Offender{*Prefix::parse("192.0.2.7/32"), 2, kStart}));
    const auto past = store.bans_of(*IpAddress::parse("192.0.2.7"), 10);
    ASSERT_TRUE(past.ok());
    EXPECT_EQ(past->size(), 2U);
}

void expect_events(Store& store)
{
    const auto page = store.events_since(kStart, 0, 10);
    ASSERT_TRUE(page.ok()) << page.error().message;
    ASSERT_EQ(page->events.size(), 1U);
    const auto& [event, source, counted] = page->events[0];
    EXPECT_EQ(event.ip, *IpAddress::parse("192.0.2.7"));
    EXPECT_EQ(event.account, "bob");
    EXPECT_EQ(event.server, MailServer::postfix);
    EXPECT_EQ(event.attempts, 3U);
    EXPECT_EQ(event.reporter, Reporter::front_end);
    EXPECT_FALSE(event.may_be_doubled);
    EXPECT_EQ(event.session, std::nullopt);
    EXPECT_EQ(event.lasted, std::nullopt);
    EXPECT_FALSE(event.unanswered);
    EXPECT_EQ(source, "/var/log/mail.log");
}

void expect_positions(Store& store, std::size_t version)
{
    const auto positions = store.positions();
    ASSERT_TRUE(positions.ok());
    ASSERT_EQ(positions->size(), version >= 3 ? 2U : 1U);
    const auto& files = std::get<LogPosition>(positions->at("/var/log/mail.log")).files;
    EXPECT_THAT(files, ElementsAre(FilePosition{1, 2, 3, static_cast<std::uint64_t>(-4), 5}));
    const auto logins = store.logins_since(kStart, 10);
    ASSERT_TRUE(logins.ok());
    EXPECT_EQ(logins->size(), version >= 4 ? 1U : 0U);
}

TEST(AnEarlierSchema, IsReadAsItWasMeant)
{
    for (std::size_t version = 1; version <= kMigrations.size(); ++version) {
        SCOPED_TRACE("schema " + std::to_string(version));
        const TempDirectory place;
        make(place / "mailban.db", version);
        const auto store = Store::open(place.path());
        ASSERT_TRUE(store.ok()) << store.error().message;
        expect_bans(**store);
        expect_events(**store);
        expect_positions(**store, version);
        // What had no column for it counted all of its attempts.
        EXPECT_EQ((*store)->events_since(kStart, 0, 1)->events[0].counted, version == 1 ? 3U : 0U);
    }
}

TEST(AnEarlierSchema, CanBeWrittenToOnceItIsUpToDate)
{
    for (std::size_t version = 1; version <= kMigrations.size(); ++version) {
        const TempDirectory place;
        make(place / "mailban.db", version);
        {
            const auto store = Store::open(place.path());
            ASSERT_TRUE(store.ok());
            ASSERT_TRUE((*store)->begin().ok());
            Event event;
            event.time = kStart;
            ASSERT_TRUE((*store)->put_event({event, "log", 7}).ok());
            ASSERT_TRUE(
                (*store)->put_login({*IpAddress::parse("192.0.2.1"), "a", kStart, kStart}).ok());
            const BanKey key{*Prefix::parse("192.0.2.7/32"), BanOrigin::rule};
            Ban manual;
            manual.prefix = key.prefix;
            manual.since = kStart;
            manual.origin = BanOrigin::manual;
            ASSERT_TRUE((*store)->put_ban(manual).ok());
            ASSERT_TRUE((*store)->end_ban(key, kStart, BanEndReason::unbanned).ok());
            ASSERT_TRUE((*store)->commit().ok());
        }
        const auto again = Store::open(place.path());
        ASSERT_TRUE(again.ok()) << again.error().message;
        EXPECT_EQ((*again)->active_bans()->size(), 2U);
        const auto events = (*again)->events_since(kStart, 0, 10)->events;
        EXPECT_EQ(events.back().counted, 7U);
        EXPECT_EQ(events.back().source, "log");
        EXPECT_EQ(events.front().source, "/var/log/mail.log");
        const auto evidence = (*again)->events_of(*IpAddress::parse("192.0.2.7"), 10);
        ASSERT_TRUE(evidence.ok());
        EXPECT_THAT(*evidence, ElementsAre(events.front()));
    }
}

}  // namespace
}  // namespace mailban::io::schema_test
