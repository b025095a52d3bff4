// Who is trusted, and what logs have shown of their clocks, kept over restarts.
#include "io/store/store.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::io::store_lists_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr Timestamp kNow{std::chrono::microseconds(1'800'000'000'123'456)};

class AStoredList : public ::testing::Test {
protected:
    AStoredList() { reopen(); }
    void reopen()
    {
        store_.reset();
        store_ = std::move(*Store::open(directory_ / "state"));
    }

    TempDirectory directory_{};
    std::unique_ptr<Store> store_{};
};

Allowed by_hand(const std::string& prefix, Until until, const std::string& reason)
{
    Allowed entry;
    entry.prefix = *Prefix::parse(prefix);
    entry.origin = AllowOrigin::manual;
    entry.since = kNow;
    entry.until = until;
    entry.reason = reason;
    return entry;
}

TEST_F(AStoredList, GivesBackWhoWasAllowedByHandAsItWas)
{
    const auto host = by_hand("192.0.2.7", {}, "quotes ' and \"\n");
    const auto block = by_hand("2001:db8::/32", kNow + 1h, "");
    ASSERT_TRUE(store_->put_allowed(by_hand("192.0.2.7", kNow, "replaced")));
    ASSERT_TRUE(store_->put_allowed(host));
    ASSERT_TRUE(store_->put_allowed(block));
    reopen();
    EXPECT_THAT(*store_->allowed(), ElementsAre(host, block));
    ASSERT_TRUE(store_->end_allowed(host.prefix));
    reopen();
    EXPECT_THAT(*store_->allowed(), ElementsAre(block));
}

TEST_F(AStoredList, KnowsWhatEachHostNameLastResolvedTo)
{
    const auto v4 = *IpAddress::parse("192.0.2.7");
    const auto v6 = *IpAddress::parse("2001:db8::7");
    ASSERT_TRUE(store_->put_addresses("a.example", {v4, v6}));
    ASSERT_TRUE(store_->put_addresses("b.example", {v4}));
    ASSERT_TRUE(store_->put_addresses("a.example", {v6}));
    reopen();
    EXPECT_THAT(*store_->host_addresses(), ElementsAre(Pair("a.example", ElementsAre(v6)),
                                                       Pair("b.example", ElementsAre(v4))));
    ASSERT_TRUE(store_->put_addresses("a.example", {}));
    ASSERT_TRUE(store_->put_addresses("b.example", {}));
    EXPECT_THAT(*store_->host_addresses(), IsEmpty());
}

TEST_F(AStoredList, TellsTheLoginsOfOneClientTheLatestFirst)
{
    const auto client = *IpAddress::parse("192.0.2.7");
    const KnownLogin old{client, "bob", kNow - 24h, kNow - 1h};
    const KnownLogin recent{client, "alice", kNow - 48h, kNow};
    const KnownLogin other{*IpAddress::parse("192.0.2.8"), "carol", kNow, kNow};
    for (const auto& login : {old, recent, other})
        ASSERT_TRUE(store_->put_login(login));
    EXPECT_THAT(*store_->logins_of(client, 10), ElementsAre(recent, old));
    EXPECT_THAT(*store_->logins_of(client, 1), ElementsAre(recent));
}

TEST_F(AStoredList, KnowsWhatEachLogHasShownOfItsClock)
{
    const LearnedClock zone{LearnedClock::Kind::zone, -3h};
    const LearnedClock clock{LearnedClock::Kind::clock, 1h};
    ASSERT_TRUE(store_->put_clock("a", zone));
    ASSERT_TRUE(store_->put_clock("b", zone));
    ASSERT_TRUE(store_->put_clock("b", clock));
    reopen();
    EXPECT_THAT(*store_->clocks(), ElementsAre(Pair("a", zone), Pair("b", clock)));
    ASSERT_TRUE(store_->put_clock("a", std::nullopt));
    reopen();
    EXPECT_THAT(*store_->clocks(), ElementsAre(Pair("b", clock)));
}

}  // namespace
}  // namespace mailban::io::store_lists_test
