// What an administrator's unban lifts, what it leaves, and what it forgets.
#include "mailban/engine/client_status.h"

#include "unit/engine/an_engine.h"

namespace mailban::unban_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::failure;
using test::five_in_ten_minutes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Prefix prefix(const char* text)
{
    return *Prefix::parse(text);
}

Config three_kinds_of_rules()
{
    Config config = five_in_ten_minutes();
    Rule account;
    account.name = "account-under-attack";
    account.by = CountBy::account;
    account.distinct = Distinct::address;
    account.limit = 3;
    account.within = 24h;
    Rule block;
    block.name = "block";
    block.by = CountBy::subnet;
    block.distinct = Distinct::address;
    block.limit = 3;
    block.within = 24h;
    block.subnet = {24, 48};
    config.rules.push_back(account);
    config.rules.push_back(block);
    return config;
}

class AnUnban : public test::AnEngine {
protected:
    explicit AnUnban(Config config = five_in_ten_minutes())
        : AnEngine(config), config_(std::move(config))
    {
    }

    void by_hand(const char* text, std::optional<Duration> length = 1h)
    {
        ASSERT_TRUE(engine_.ban(prefix(text), length, "", now_).ok()) << text;
    }
    std::size_t counted(const std::string& ip) const
    {
        std::size_t most = 0;
        for (const auto& rule : client_status(engine_, *IpAddress::parse(ip), now_).rules)
            most = std::max<std::size_t>(most, rule.count);
        return most;
    }
    std::vector<std::string> texts(const Effects& effects) const
    {
        std::vector<std::string> texts;
        for (const Notice& tell : all_of<Notice>(effects))
            texts.push_back(tell.text);
        return texts;
    }

    Config config_;
};

TEST_F(AnUnban, LiftsTheBansOfAllOrigins)
{
    fail_times("192.0.2.7", 5);
    by_hand("192.0.2.7");
    const auto done = engine_.unban(prefix("192.0.2.7"), now_);
    ASSERT_TRUE(done);
    EXPECT_THAT(done->lifted, SizeIs(2));
    EXPECT_THAT(done->still, IsEmpty());
    EXPECT_THAT(engine_.wanted(), IsEmpty());
    EXPECT_EQ(all_of<Enforce>(done->effects).back().change.kind, Change::Kind::remove);
}

TEST_F(AnUnban, SaysWhichWiderBanGoesOn)
{
    by_hand("198.51.100.7");
    by_hand("198.51.100.0/24");
    const auto done = engine_.unban(prefix("198.51.100.7"), now_);
    ASSERT_TRUE(done);
    ASSERT_THAT(done->still, SizeIs(1));
    EXPECT_EQ(done->still[0].prefix, prefix("198.51.100.0/24"));
    EXPECT_TRUE(engine_.is_shut_out(failure("198.51.100.7", now_)));
}

TEST_F(AnUnban, LiftsAllThatLiesInAPrefixAndNothingElse)
{
    for (const auto* const text : {"198.51.100.10", "198.51.100.11", "198.51.100.200"})
        by_hand(text);
    const auto done = engine_.unban(prefix("198.51.100.0/28"), now_);
    ASSERT_TRUE(done);
    EXPECT_THAT(done->lifted, SizeIs(2));
    ASSERT_THAT(engine_.wanted(), SizeIs(1));
    EXPECT_EQ(engine_.wanted().begin()->first, prefix("198.51.100.200"));
}

TEST_F(AnUnban, NeverOpensAWiderPrefixForAPartOfIt)
{
    by_hand("198.51.0.0/16");
    for (const auto* const part : {"198.51.100.7", "198.51.100.0/24"}) {
        const auto refused = engine_.unban(prefix(part), now_);
        ASSERT_FALSE(refused) << part;
        EXPECT_THAT(refused.error().message, HasSubstr("'mailban unban 198.51.0.0/16'"));
        EXPECT_THAT(refused.error().message, HasSubstr("by hand until"));
    }
    EXPECT_THAT(engine_.ledger().bans(), SizeIs(1));
}

TEST_F(AnUnban, SaysThatNobodyIsBannedWhereNobodyIs)
{
    const auto refused = engine_.unban(prefix("198.51.100.0/24"), now_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message, "198.51.100.0/24 is not banned");
}

TEST_F(AnUnban, GoesInPortions)
{
    for (const auto* const text : {"198.51.100.10", "198.51.100.11", "198.51.100.12"})
        by_hand(text);
    const auto first = engine_.unban(prefix("198.51.100.0/24"), now_, OwnRecord::cleared, "", 2);
    EXPECT_TRUE(first->is_more);
    const auto second = engine_.unban(prefix("198.51.100.0/24"), now_, OwnRecord::cleared, "", 2);
    EXPECT_FALSE(second->is_more);
    EXPECT_THAT(engine_.wanted(), IsEmpty());
}

TEST_F(AnUnban, IsAPardon)
{
    fail_times("192.0.2.7", 8);
    ASSERT_GT(counted("192.0.2.7"), 0U);
    const auto done = engine_.unban(prefix("192.0.2.7"), now_);
    EXPECT_EQ(counted("192.0.2.7"), 0U);
    EXPECT_EQ(engine_.ledger().next_level(prefix("192.0.2.7"), now_), 1U);
    EXPECT_EQ(all_of<RecordOffender>(done->effects)[0].offender.level, 0U);
    EXPECT_THAT(fail_times("192.0.2.7", 4), IsEmpty());
    EXPECT_THAT(fail_times("192.0.2.7", 1), SizeIs(1));
    EXPECT_EQ(engine_.ledger().find(prefix("192.0.2.7"))->level, 1U);
}

TEST_F(AnUnban, KeepsTheRecordWhereThatIsSaid)
{
    fail_times("192.0.2.7", 8);
    const auto before = counted("192.0.2.7");
    ASSERT_GT(before, 0U);
    const auto done = engine_.unban(prefix("192.0.2.7"), now_, OwnRecord::kept);
    EXPECT_EQ(counted("192.0.2.7"), before);
    EXPECT_EQ(engine_.ledger().next_level(prefix("192.0.2.7"), now_), 2U);
    EXPECT_THAT(all_of<RecordPardon>(done->effects), IsEmpty());
}

TEST_F(AnUnban, PardonsTheWholeClientForOneOfItsAddresses)
{
    fail_times("2001:db8::1", 8);
    ASSERT_TRUE(engine_.unban(engine_.scope_of(*IpAddress::parse("2001:db8::2")), now_));
    EXPECT_EQ(counted("2001:db8::1"), 0U);
}

TEST_F(AnUnban, OfABlockPardonsEveryClientInIt)
{
    fail_times("192.0.2.7", 3);
    fail_times("192.0.3.7", 3);
    by_hand("192.0.2.0/24");
    ASSERT_TRUE(engine_.unban(prefix("192.0.2.0/24"), now_));
    EXPECT_EQ(counted("192.0.2.7"), 0U);
    EXPECT_EQ(counted("192.0.3.7"), 3U);
}

TEST_F(AnUnban, IsLoggedWithWhoAskedForIt)
{
    fail_times("192.0.2.7", 5);
    const auto done = engine_.unban(prefix("192.0.2.7"), now_, OwnRecord::cleared, "bob, uid 1000");
    EXPECT_THAT(texts(done->effects),
                ElementsAre("unbanned 192.0.2.7/32 by bob, uid 1000: was banned by rule "
                            "password-guessing until 2027-01-15 09:00:05 +0000"));
}

class APardonOfOneAmongMany : public AnUnban {
protected:
    APardonOfOneAmongMany() : AnUnban(three_kinds_of_rules()) {}

    Effects fail_at(const std::string& ip, const std::string& account)
    {
        now_ += 1s;
        Event event = failure(ip, now_);
        event.account = account;
        return engine_.observe(event, 0, Arrival::live, now_);
    }
};

TEST_F(APardonOfOneAmongMany, TakesItsPartOutOfRulesByAccountAndByBlock)
{
    fail_at("192.0.2.7", "amy");
    fail_at("192.0.2.8", "amy");
    by_hand("192.0.2.7");
    ASSERT_TRUE(engine_.unban(prefix("192.0.2.7"), now_));
    // Only two addresses count: neither rule trips.
    EXPECT_THAT(all_of<Enforce>(fail_at("192.0.2.9", "amy")), IsEmpty());
    EXPECT_THAT(all_of<Enforce>(fail_at("192.0.2.10", "amy")), ::testing::Not(IsEmpty()));
}

TEST_F(APardonOfOneAmongMany, IsTheSameAfterARestart)
{
    std::vector<RecordEvent> events;
    std::vector<RecordEvent> later;
    for (const auto* const ip : {"192.0.2.7", "192.0.2.8", "192.0.2.7"})
        for (auto& record : all_of<RecordEvent>(fail_at(ip, "amy")))
            events.push_back(record);
    by_hand("192.0.2.7");
    std::vector<Prefix> pardoned;
    const auto done = engine_.unban(prefix("192.0.2.7"), now_);
    for (const auto& record : all_of<RecordPardon>(done->effects))
        pardoned.push_back(record.prefix);
    for (auto& record : all_of<RecordEvent>(fail_at("192.0.2.7", "amy")))
        later.push_back(record);
    Engine next(config_, PrefixSet(), 1);
    for (const auto& record : events)
        next.restore(record);
    next.restore_pardon(pardoned);
    for (const auto& record : later)
        next.restore(record);
    for (const auto* const ip : {"192.0.2.7", "192.0.2.8"}) {
        const auto address = *IpAddress::parse(ip);
        const auto here = client_status(engine_, address, now_);
        const auto there = client_status(next, address, now_);
        EXPECT_EQ(here.windows, there.windows) << ip;
    }
    now_ += 1s;
    Event third = failure("192.0.2.9", now_);
    third.account = "amy";
    EXPECT_EQ(all_of<Enforce>(engine_.observe(third, 0, Arrival::live, now_)),
              all_of<Enforce>(next.observe(third, 0, Arrival::live, now_)));
}

class ALoggedBan : public AnUnban {};

TEST_F(ALoggedBan, OfARuleNamesCountAccountNumberAndLog)
{
    std::vector<Notice> told;
    for (int i = 0; i < 5; ++i) {
        now_ += 1s;
        Event event = failure("192.0.2.7", now_);
        event.account = "bob";
        for (auto& tell : all_of<Notice>(engine_.observe(event, 3, Arrival::live, now_)))
            told.push_back(std::move(tell));
    }
    ASSERT_THAT(told, SizeIs(1));
    EXPECT_EQ(told[0].text,
              "banned 192.0.2.7/32 until 2027-01-15 09:00:05 +0000: rule password-guessing, 5 "
              "within 10m, account bob, ban number 1");
    EXPECT_EQ(told[0].log, 3U);
}

TEST_F(ALoggedBan, ByHandNamesWhoAskedAndWhy)
{
    engine_.set_zone(Zone::fixed(1h));
    const auto banned =
        engine_.ban(prefix("198.51.100.0/24"), 1h, "spam\x1b[2J run", now_, "alice, uid 1000");
    EXPECT_THAT(texts(*banned),
                ElementsAre("banned 198.51.100.0/24 until 2027-01-15 10:00:00 +0100 by hand "
                            "(alice, uid 1000): spam\\x1b[2J run"));
    const auto allowed = engine_.allow(prefix("192.0.2.7"), {}, "ours", now_, Engine::kAll, "root");
    EXPECT_THAT(texts(*allowed), ElementsAre("allowed 192.0.2.7/32 forever by hand (root): ours"));
}

}  // namespace
}  // namespace mailban::unban_test
