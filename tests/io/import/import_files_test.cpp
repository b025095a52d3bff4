#include "io/import/import_files.h"

#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::import_files_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class ImportedFolder : public ::testing::Test {
protected:
    void write(const std::string& name, const std::string& text)
    {
        const std::filesystem::path path = folder_ / name;
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    void make_database(const std::string& sql)
    {
        sqlite3* database = nullptr;
        ASSERT_EQ(sqlite3_open((folder_ / "f2b.sqlite3").c_str(), &database), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(database);
        sqlite3_close(database);
    }
    std::vector<std::string> names_of(const std::map<std::string, std::string, std::less<>>& files)
    {
        std::vector<std::string> names;
        for (const auto& [name, text] : files)
            names.push_back(name);
        return names;
    }

    TempDirectory folder_{};
};

TEST_F(ImportedFolder, OfFail2banIsReadWithWhatItIncludes)
{
    const auto elsewhere = folder_ / "elsewhere/extra.conf";
    write("f2b/jail.conf",
          "[INCLUDES]\nbefore = paths.conf\n  " + elsewhere + "\nafter = absent.local\n");
    write("f2b/paths.conf", "[INCLUDES]\nbefore = sub/common.conf\n");
    write("f2b/sub/common.conf", "");
    write("f2b/jail.d/mail.local", "");
    write("f2b/jail.d/notes.txt", "");
    write("f2b/fail2ban.d/x.conf", "");
    write("f2b/filter.d/dovecot.conf", "");
    write("elsewhere/extra.conf", "");
    const auto files = read_fail2ban_files(folder_ / "f2b");
    ASSERT_TRUE(files.ok()) << files.error().message;
    EXPECT_THAT(names_of(*files),
                UnorderedElementsAre("jail.conf", "paths.conf", "sub/common.conf",
                                     "jail.d/mail.local", "fail2ban.d/x.conf", elsewhere));
    EXPECT_THAT(read_fail2ban_files(folder_ / "absent").error().message,
                HasSubstr("No such file or directory"));
}

TEST_F(ImportedFolder, OfCsfIsReadWithItsListsAndTheirIncludes)
{
    const auto more = folder_ / "more.allow";
    write("csf/csf.conf", "X = \"1\"\n");
    write("csf/csf.allow", "Include " + more + "\n");
    write("more.allow", "192.0.2.1\n");
    write("state/csf.tempban", "");
    const auto files = read_csf_files(folder_ / "csf", folder_ / "state");
    ASSERT_TRUE(files.ok());
    EXPECT_THAT(names_of(*files),
                UnorderedElementsAre("csf.conf", "csf.allow", "csf.tempban", more));
}

TEST_F(ImportedFolder, HasBansInTheDatabaseOfEachVersion)
{
    make_database(
        "CREATE TABLE bips(ip TEXT NOT NULL, jail TEXT NOT NULL, timeofban INTEGER NOT NULL, "
        "bantime INTEGER NOT NULL, bancount INTEGER NOT NULL default 1, data JSON);"
        "CREATE TABLE bans(jail TEXT, ip TEXT, timeofban INTEGER, bantime INTEGER);"
        "INSERT INTO bips VALUES('192.0.2.7', 'dovecot', 1000, -1, 1, '{}');"
        "INSERT INTO bans VALUES('dovecot', '192.0.2.8', 1000, 5)");
    const auto now = read_fail2ban_bans(folder_ / "f2b.sqlite3");
    ASSERT_TRUE(now.ok()) << now.error().message;
    ASSERT_THAT(*now, SizeIs(1));
    EXPECT_EQ((*now)[0].ip, "192.0.2.7");
    EXPECT_EQ((*now)[0].length, -1);
    make_database("DROP TABLE bips");
    EXPECT_EQ((*read_fail2ban_bans(folder_ / "f2b.sqlite3"))[0].ip, "192.0.2.8");
    make_database(
        "DROP TABLE bans; CREATE TABLE bans(jail TEXT, ip TEXT, timeofban INTEGER);"
        "INSERT INTO bans VALUES('dovecot', '192.0.2.9', 1000)");
    const auto old = read_fail2ban_bans(folder_ / "f2b.sqlite3");
    ASSERT_THAT(*old, SizeIs(1));
    EXPECT_FALSE((*old)[0].has_length);
}

TEST_F(ImportedFolder, SaysWhyADatabaseCannotBeRead)
{
    EXPECT_THAT(read_fail2ban_bans(folder_ / "absent").error().message,
                HasSubstr("No such file or directory"));
    write("f2b.sqlite3", "this is no database, and long enough to be looked at as one");
    EXPECT_FALSE(read_fail2ban_bans(folder_ / "f2b.sqlite3").ok());
}

TEST_F(ImportedFolder, BelongsToAProgramThatRunsOrNot)
{
    write("own.pid", std::to_string(::getpid()) + "\n");
    EXPECT_TRUE(is_running(folder_ / "own.pid"));
    for (const auto* text : {"", "x", "-1", "0", "99999999999"}) {
        write("wrong.pid", text);
        EXPECT_FALSE(is_running(folder_ / "wrong.pid")) << text;
    }
    EXPECT_FALSE(is_running(folder_ / "absent.pid"));
}

TEST_F(ImportedFolder, NamesLogsThatAreFollowedOrNot)
{
    write("logs/a.log", "");
    write("logs/b.log", "");
    Config config;
    SourceConfig source;
    source.file = folder_ / "logs/a.log";
    config.sources = {source};
    EXPECT_EQ(log_state(folder_ / "logs/a.log", config, {}), LogState::followed);
    EXPECT_EQ(log_state(folder_ / "logs/*.log", config, {}), LogState::unfollowed);
    EXPECT_EQ(log_state(folder_ / "logs/c.log", config, {}), LogState::absent);
    Found found;
    source.file = folder_ / "logs/b.log";
    found.sources = {source};
    EXPECT_EQ(log_state(folder_ / "logs/*.log", config, found), LogState::unfollowed);
    config.discover = true;
    EXPECT_EQ(log_state(folder_ / "logs/*.log", config, found), LogState::followed);
}

}  // namespace
}  // namespace mailban::io::import_files_test
