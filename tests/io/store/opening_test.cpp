// Which databases are opened, and whose they are.
#include "io/store/schema.h"
#include "io/store/store_fixture.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::opening_test {
namespace {

using ::testing::HasSubstr;

class AnOpenedDatabase : public AStore {};

TEST_F(AnOpenedDatabase, IsForItsOwnerOnly)
{
    struct stat st = {};
    ASSERT_EQ(::stat((directory_ + "/mailban.db").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat(directory_.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 0777U, 0700U);
}

TEST_F(AnOpenedDatabase, RefusesADatabaseOfANewerMailbanAndLeavesItAlone)
{
    store_.reset();
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open((directory_ + "/mailban.db").c_str(), &raw), SQLITE_OK);
    sqlite3_exec(raw, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
    sqlite3_close(raw);
    const auto refused = Store::open(directory_);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("newer mailban"));
}

TEST_F(AnOpenedDatabase, TakesUpADatabaseOfTheFirstMailban)
{
    store_.reset();
    const std::string path = directory_ + "/mailban.db";
    ASSERT_TRUE(std::filesystem::remove(path));
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    const std::string sql =
        std::string(kMigrations[0]) +
        "PRAGMA user_version = 1;"
        "INSERT INTO events VALUES (1, 1800000001000000, 0, '192.0.2.7', 'bob', "
        "0, 1, '535', NULL, 3, NULL, NULL, '/var/log/a');"
        "INSERT INTO positions VALUES ('/var/log/a', 0, 1, 2, 3, 4, 5);";
    ASSERT_EQ(sqlite3_exec(raw, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(raw);
    open();
    const auto events = events_since(kStart);
    ASSERT_TRUE(events.ok()) << events.error().message;
    ASSERT_EQ(events->size(), 1U);
    EXPECT_EQ(events->front().event.ip.to_string(), "192.0.2.7");
    EXPECT_EQ(events->front().counted, 3U);
    EXPECT_EQ(events->front().event.reporter, Reporter::front_end);
    EXPECT_EQ(store_->positions()->at("/var/log/a"),
              SourcePosition(LogPosition{{FilePosition{1, 2, 3, 4, 5}}}));
    EXPECT_TRUE(store_->put_position("journal unit a.service", JournalPosition{"s", kStart}).ok());
}

TEST_F(AnOpenedDatabase, SaysWhichFileIsDamaged)
{
    store_.reset();
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directory(directory_);
    std::ofstream(directory_ + "/mailban.db") << std::string(8192, 'x');
    const auto damaged = Store::open(directory_);
    ASSERT_FALSE(damaged.ok());
    EXPECT_THAT(damaged.error().message, HasSubstr(directory_ + "/mailban.db"));
}

TEST(ADatabaseThatCannotBeOpened, SaysWhy)
{
    const auto refused = Store::open("/proc/mailban");
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message, HasSubstr("/proc/mailban"));
}

}  // namespace
}  // namespace mailban::io::opening_test
