// What has happened, as `mailban events` and `mailban show ACCOUNT` read it beside a daemon.
#include "io/store/history.h"

#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace mailban::io::history_test {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Timestamp kHistoryStart{seconds(1'800'000'000)};

class AHistory : public ::testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_TRUE(store_);
        put("192.0.2.7", "Bob", 1, EventKind::auth_failure);
        put("192.0.2.7", "alice", 4, EventKind::auth_failure);
        put("192.0.2.8", "bob", 2, EventKind::auth_success);
        put("192.0.2.9", "", 3, EventKind::relay_denied);
        ban_.prefix = *Prefix::parse("192.0.2.7");
        ban_.since = kHistoryStart + seconds(5);
        ban_.rule = "guessing";
        ASSERT_TRUE((*store_)->put_ban(ban_).ok());
        ASSERT_TRUE((*store_)
                        ->end_ban(ban_.key(), kHistoryStart + seconds(9), BanEndReason::unbanned)
                        .ok());
        Ban other = ban_;
        other.prefix = *Prefix::parse("192.0.2.8");
        other.rule = "spraying";
        other.since = kHistoryStart + seconds(7);
        ASSERT_TRUE((*store_)->put_ban(other).ok());
    }

    void put(const std::string& ip, const std::string& account, int second, EventKind kind)
    {
        Event event;
        event.time = kHistoryStart + seconds(second);
        event.ip = *IpAddress::parse(ip);
        event.kind = kind;
        if (!account.empty()) event.account = account;
        ASSERT_TRUE((*store_)->put_event(event, "/var/log/mail.log", 1).ok());
    }

    // "1 auth_failure 192.0.2.7"
    std::vector<std::string> found(const ActivityFilter& filter = {},
                                   const History::Span& span = {Timestamp(), {}, {}})
    {
        std::vector<std::string> lines;
        auto history = History::open(directory_.path());
        EXPECT_TRUE(history);
        const auto done = history->each_activity(span, filter, [&](const Activity& activity) {
            const auto after = time_of(activity) - kHistoryStart;
            lines.push_back(std::to_string(std::chrono::duration_cast<seconds>(after).count()) +
                            ' ' + std::string(activity_kind_names()[kind_of(activity)]));
            return lines.size() < most_;
        });
        EXPECT_TRUE(done.ok());
        return lines;
    }

    TempDirectory directory_;
    Result<std::unique_ptr<Store>> store_ = Store::open(directory_.path());
    Ban ban_;
    std::size_t most_ = 100;
};

TEST_F(AHistory, TellsWhatHappenedInOrderOfTime)
{
    EXPECT_THAT(found(), ElementsAre("1 auth_failure", "2 auth_success", "3 relay_denied",
                                     "4 auth_failure", "5 ban", "7 ban", "9 unban"));
    most_ = 2;
    EXPECT_THAT(found(), ElementsAre("1 auth_failure", "2 auth_success"));
}

TEST_F(AHistory, IsReadAlsoWhereAnotherVersionGaveAnotherReasonForTheEndOfABan)
{
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open((directory_ / "mailban.db").c_str(), &raw), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(raw, "UPDATE bans SET why = 'of old'", nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(raw);
    EXPECT_THAT(found(), ElementsAre("1 auth_failure", "2 auth_success", "3 relay_denied",
                                     "4 auth_failure", "5 ban", "7 ban", "9 unban"));
}

TEST_F(AHistory, TellsOnlyOfTheTimeThatIsWanted)
{
    const auto at = [](int second) { return kHistoryStart + seconds(second); };
    EXPECT_THAT(found({}, {at(4), {}, {}}),
                ElementsAre("4 auth_failure", "5 ban", "7 ban", "9 unban"));
    EXPECT_THAT(found({}, {at(2), at(5), {}}),
                ElementsAre("2 auth_success", "3 relay_denied", "4 auth_failure"));
    // Events that were written later are left to others.
    EXPECT_THAT(found({}, {at(0), at(5), 2}), ElementsAre("1 auth_failure", "4 auth_failure"));
    EXPECT_THAT(found({}, {at(0), at(5), 0}), IsEmpty());
}

TEST_F(AHistory, TellsOnlyWhatTheFilterWants)
{
    ActivityFilter filter;
    filter.account = "BOB";
    EXPECT_THAT(found(filter), ElementsAre("1 auth_failure", "2 auth_success"));
    filter = {};
    filter.address = *Prefix::parse("192.0.2.7");
    EXPECT_THAT(found(filter), ElementsAre("1 auth_failure", "4 auth_failure", "5 ban", "9 unban"));
    filter.address = *Prefix::parse("192.0.2.8/31");
    EXPECT_THAT(found(filter), ElementsAre("2 auth_success", "3 relay_denied", "7 ban"));
    filter = {};
    filter.rule = "guessing";
    EXPECT_THAT(found(filter), ElementsAre("5 ban", "9 unban"));
    filter = {};
    filter.kinds = *parse_activity_kinds("unban,relay_denied");
    EXPECT_THAT(found(filter), ElementsAre("3 relay_denied", "9 unban"));
}

TEST_F(AHistory, KnowsWhoUsedWhichAccountAndWhoIsBanned)
{
    auto history = History::open(directory_.path());
    ASSERT_TRUE(history);
    std::vector<std::string> uses;
    ASSERT_TRUE(history->each_use([&](const IpAddress& ip, const std::string& account, bool login) {
        uses.push_back(ip.to_string() + ' ' + account + (login ? " in" : ""));
    }));
    EXPECT_THAT(uses, ::testing::UnorderedElementsAre("192.0.2.7 Bob", "192.0.2.7 alice",
                                                      "192.0.2.8 bob in"));
    const auto bans = history->active_bans();
    ASSERT_TRUE(bans);
    ASSERT_EQ(bans->size(), 1U);
    EXPECT_EQ(bans->front().rule, "spraying");
}

TEST_F(AHistory, SaysThatARowIsInvalid)
{
    put("192.0.2.10", "carol", 6, EventKind::auth_failure);
    sqlite3* raw = nullptr;
    ASSERT_EQ(sqlite3_open((directory_ / "mailban.db").c_str(), &raw), SQLITE_OK);
    const DatabaseHandle handle(raw);
    ASSERT_EQ(sqlite3_exec(raw, "UPDATE events SET ip = 'nowhere' WHERE account = 'carol'", nullptr,
                           nullptr, nullptr),
              SQLITE_OK);
    auto history = History::open(directory_.path());
    ASSERT_TRUE(history);
    const auto done =
        history->each_activity({Timestamp(), {}, {}}, {}, [](const Activity&) { return true; });
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message, ::testing::HasSubstr("invalid data"));
}

}  // namespace
}  // namespace mailban::io::history_test
