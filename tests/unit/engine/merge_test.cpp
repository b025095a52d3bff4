// Many bans of one block become one, and no network pushes the others' bans out.
#include <gtest/gtest.h>

#include <random>

#include "unit/engine/an_engine.h"

namespace mailban::test::merge_test {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Config one_failure_is_enough(std::size_t bans = 100'000)
{
    Config config = five_in_ten_minutes();
    config.rules[0].limit = 1;
    config.rules[0].ban = 24h;
    config.limits.bans = bans;
    return config;
}

unsigned any_below(unsigned bound, std::mt19937& random)
{
    return static_cast<unsigned>(random() % bound);
}

std::string client(unsigned block, unsigned number)
{
    char text[64];
    std::snprintf(text, sizeof text, "2001:db8:%x:%x::1", block, number);
    return text;
}

Prefix block_of(const std::string& ip)
{
    return Prefix::of(*IpAddress::parse(ip), ip.find(':') == std::string::npos ? 24 : 48);
}

class ACrowd : public AnEngine {
protected:
    explicit ACrowd(const Config& config = one_failure_is_enough()) : AnEngine(config) {}

    // One failure of each; what the last one brought about.
    Effects ban_clients(unsigned count, unsigned block = 0)
    {
        Effects effects;
        for (unsigned number = 1; number <= count; ++number)
            effects = fail_once(client(block, number));
        return effects;
    }
    Effects fail_once(const std::string& ip, Service service = Service::smtp)
    {
        now_ += 1s;
        Event event = failure(ip, now_);
        event.service = service;
        return engine_.observe(event, 0, Arrival::live, now_);
    }
    void log_in(const std::string& ip)
    {
        Event event = failure(ip, now_);
        event.kind = EventKind::auth_success;
        event.account = "bob";
        engine_.observe(event, 0, Arrival::live, now_);
    }
};

TEST_F(ACrowd, OfOneBlockIsBannedAsOne)
{
    ban_clients(63);
    EXPECT_EQ(engine_.ledger().bans().size(), 63U);
    const auto effects = fail_once(client(0, 64));
    const auto end = now_ + 24h;
    ASSERT_EQ(engine_.ledger().bans().size(), 1U);
    const Ban& whole = engine_.ledger().bans().begin()->second;
    EXPECT_EQ(whole.prefix, block_of(client(0, 1)));
    EXPECT_EQ(whole.until, end);
    EXPECT_EQ(whole.count, 64U);
    EXPECT_EQ(whole.reason, "merged from bans of 64 clients in it");
    EXPECT_EQ(engine_.counters().merged, 64U);
    EXPECT_EQ(engine_.counters().bans, 64U);

    // To the firewall first the block, then what it takes the place of; and so to the store.
    const auto changes = all_of<Enforce>(effects);
    ASSERT_THAT(changes, SizeIs(66));
    EXPECT_EQ(changes[1].change, (Change{Change::Kind::add, whole.prefix, end}));
    for (std::size_t at = 2; at < changes.size(); ++at)
        EXPECT_EQ(changes[at].change.kind, Change::Kind::remove);
    EXPECT_THAT(all_of<RecordBan>(effects), SizeIs(2));
    const auto ends = all_of<RecordEnd>(effects);
    ASSERT_THAT(ends, SizeIs(64));
    for (const auto& one : ends)
        EXPECT_EQ(one.why, BanEndReason::merged);
    EXPECT_EQ(engine_.wanted().size(), 1U);
    EXPECT_THAT(all_of<Enforce>(fail_once(client(0, 65))), IsEmpty());
}

TEST_F(ACrowd, IsNotBannedAsOneWhereSomebodyHasLoggedIn)
{
    log_in(client(0, 1000));
    ban_clients(200);
    EXPECT_EQ(engine_.ledger().bans().size(), 200U);
    EXPECT_EQ(engine_.counters().merged, 0U);
}

TEST_F(ACrowd, IsNotBannedAsOneAroundSomebodyWhoIsTrusted)
{
    ASSERT_TRUE(engine_.allow(*Prefix::parse(client(0, 1000)), {}, "", now_).ok());
    ban_clients(200);
    EXPECT_EQ(engine_.ledger().bans().size(), 200U);
}

TEST_F(ACrowd, OfAnIpv4BlockIsBannedAsOneWhereMostOfItIsBanned)
{
    for (int last = 1; last <= 128; ++last)
        fail_once("192.0.2." + std::to_string(last));
    EXPECT_EQ(engine_.ledger().bans().size(), 128U);
    fail_once("192.0.2.129");
    ASSERT_EQ(engine_.ledger().bans().size(), 1U);
    EXPECT_EQ(engine_.ledger().bans().begin()->first.prefix, *Prefix::parse("192.0.2.0/24"));
}

TEST_F(ACrowd, LeavesPort25OpenWhereNobodyGuessedOnIt)
{
    for (unsigned number = 1; number <= 64; ++number)
        fail_once(client(0, number), Service::imap);
    for (unsigned number = 1; number <= 64; ++number)
        fail_once(client(1, number), number == 7 ? Service::smtp : Service::imap);
    const auto wanted = engine_.wanted();
    ASSERT_THAT(wanted, SizeIs(2));
    EXPECT_EQ(wanted.at(block_of(client(0, 1))).group, 1);
    EXPECT_EQ(wanted.at(block_of(client(1, 1))).group, 0);
}

TEST_F(ACrowd, LeavesBansByHandAndForEverAlone)
{
    const auto by_hand = *Prefix::parse("2001:db8:0:ff::/64");
    ASSERT_TRUE(engine_.ban(by_hand, {}, "mine", now_).ok());
    ban_clients(64);
    EXPECT_EQ(engine_.ledger().bans().size(), 2U);
    EXPECT_NE(engine_.ledger().find(by_hand), nullptr);
}

TEST_F(ACrowd, WhoseBlockIsUnbannedHasToGatherAnew)
{
    ban_clients(64);
    ASSERT_TRUE(engine_.unban(block_of(client(0, 1)), now_).ok());
    fail_once(client(0, 200));
    EXPECT_EQ(engine_.ledger().bans().size(), 1U);
    EXPECT_EQ(engine_.ledger().bans().begin()->first.prefix.length(), 64U);
}

class ANetwork : public ACrowd {
protected:
    ANetwork() : ACrowd(one_failure_is_enough(1000)) {}
};

// A /32 has 65,536 /48s: what lies in one of them takes one place in the end, however thinly.
TEST_F(ANetwork, PushesNobodysBansOut)
{
    fail_once("192.0.2.1");
    const Prefix other = *Prefix::parse("192.0.2.1");
    std::mt19937 random(20261128);
    for (int i = 0; i < 20'000; ++i)
        fail_once(client(any_below(400, random), any_below(65'536, random)));
    EXPECT_EQ(engine_.counters().displaced, 0U);
    EXPECT_NE(engine_.ledger().find(other), nullptr);
    EXPECT_LE(engine_.ledger().bans().size(), 1000U);
}

// One with more blocks than there are places displaces its own bans.
TEST_F(ANetwork, WithMoreBlocksThanPlacesMakesRoomForItself)
{
    fail_once("192.0.2.1");
    const Prefix other = *Prefix::parse("192.0.2.1");
    for (unsigned block = 0; block < 3000; ++block)
        fail_once(client(block, 1));
    EXPECT_EQ(engine_.counters().displaced, 2001U);
    EXPECT_NE(engine_.ledger().find(other), nullptr);
    EXPECT_EQ(engine_.ledger().bans().size(), 1000U);
}

TEST_F(ANetwork, InWhichAUserLogsInIsMergedAroundHisBlock)
{
    log_in(client(7, 1));
    std::mt19937 random(20261128);
    for (int i = 0; i < 5000; ++i)
        fail_once(client(any_below(100, random), 2 + any_below(65'000, random)));
    EXPECT_EQ(engine_.ledger().find(block_of(client(7, 1))), nullptr);
    EXPECT_EQ(engine_.ledger().covering(*IpAddress::parse(client(7, 1))), nullptr);
    EXPECT_EQ(engine_.counters().displaced, 0U);
}

}  // namespace
}  // namespace mailban::test::merge_test
