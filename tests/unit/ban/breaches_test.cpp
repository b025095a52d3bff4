// Bans that do not bite: how often it is reported, and what is kept of them.
#include "mailban/ban/breaches.h"

#include <gtest/gtest.h>

namespace mailban::breaches_test {
namespace {

using std::chrono::seconds;

constexpr Timestamp kStart{seconds(1'800'000'000)};

Ban ban_of(unsigned last)
{
    Ban ban;
    ban.prefix = Prefix::host(IpAddress::v4(198, 51, 100, static_cast<std::uint8_t>(last)));
    ban.since = kStart;
    return ban;
}

TEST(TheBreaches, AreReportedOnceForABan)
{
    Breaches breaches;
    EXPECT_FALSE(breaches.note(ban_of(1), {}, 2, kStart + seconds(30)));
    const auto report = breaches.note(ban_of(1), {}, 1, kStart + seconds(31));
    ASSERT_TRUE(report);
    EXPECT_EQ(report->attempts, 3U);
    EXPECT_EQ(report->first, kStart + seconds(30));
    EXPECT_FALSE(breaches.note(ban_of(1), {}, 9, kStart + seconds(3000)));
    EXPECT_EQ(breaches.attempts(), 12U);
}

TEST(TheBreaches, AreReportedOnceAMinuteAndTheOthersLater)
{
    Breaches breaches;
    EXPECT_TRUE(breaches.note(ban_of(1), {}, 3, kStart + seconds(30)));
    EXPECT_FALSE(breaches.note(ban_of(2), {}, 3, kStart + seconds(31)));
    EXPECT_TRUE(breaches.note(ban_of(2), {}, 1, kStart + seconds(90)));
}

TEST(TheBreaches, GoWithTheirBan)
{
    Breaches breaches;
    breaches.note(ban_of(1), {}, 5, kStart);
    EXPECT_EQ(breaches.size(), 1U);
    breaches.forget(ban_of(1).prefix);
    EXPECT_EQ(breaches.size(), 0U);
    EXPECT_TRUE(breaches.worst(5).empty());
    EXPECT_EQ(breaches.attempts(), 5U);
}

TEST(TheBreaches, ListTheWorstAndNothingThatIsNotSure)
{
    Breaches breaches;
    breaches.note(ban_of(1), {}, 2, kStart);
    breaches.note(ban_of(2), {}, 4, kStart);
    breaches.note(ban_of(3), {}, 7, kStart);
    const auto worst = breaches.worst(1);
    ASSERT_EQ(worst.size(), 1U);
    EXPECT_EQ(worst[0].prefix, ban_of(3).prefix);
    EXPECT_EQ(breaches.size(), 2U);
}

TEST(TheBreaches, AreBounded)
{
    Breaches breaches;
    for (unsigned count = 0; count < 2 * Breaches::kMost; ++count) {
        Ban ban = ban_of(0);
        ban.prefix = Prefix::host(IpAddress::v4(10, 0, static_cast<std::uint8_t>(count / 256),
                                                static_cast<std::uint8_t>(count % 256)));
        breaches.note(ban, {}, 3, kStart + seconds(count));
    }
    EXPECT_EQ(breaches.size(), Breaches::kMost);
    EXPECT_EQ(breaches.attempts(), 3 * 2 * Breaches::kMost);
}

TEST(TheBreaches, ForgetThoseThatWereQuietForLongest)
{
    Breaches breaches;
    const auto ban = [](unsigned number) {
        Ban made = ban_of(0);
        made.prefix = Prefix::host(IpAddress::v4(10, 0, static_cast<std::uint8_t>(number / 256),
                                                 static_cast<std::uint8_t>(number % 256)));
        return made;
    };
    for (unsigned number = 0; number < Breaches::kMost; ++number)
        breaches.note(ban(number), {}, 1, kStart + seconds(number));
    const Timestamp later = kStart + std::chrono::hours(1);
    breaches.note(ban(0), {}, 1, later);
    breaches.restart(ban(1), later);
    breaches.forget(ban(2).prefix);
    breaches.note(ban(2000), {}, 1, later);  // in the place of the one that was forgotten
    EXPECT_NE(breaches.find(ban(3).prefix), nullptr);
    breaches.note(ban(2001), {}, 1, later);
    EXPECT_EQ(breaches.find(ban(3).prefix), nullptr);
    for (const unsigned kept : {0U, 1U, 4U, 2000U, 2001U})
        EXPECT_NE(breaches.find(ban(kept).prefix), nullptr) << kept;
}

TEST(ABreach, NamesTheDoorAndTheLikeliestCause)
{
    Breach breach;
    breach.prefix = ban_of(1).prefix;
    breach.since = kStart;
    breach.attempts = 6;
    breach.service = Service::smtp;
    breach.port = 2525;
    breach.cause = BreachCause::open_port;
    EXPECT_EQ(
        to_string(breach, kStart + seconds(45)),
        "198.51.100.1/32 has been banned for 45s, but 6 more attempts came (smtp, port 2525): "
        "port 2525 is not a port that bans close; add it to firewall.ports");
    breach.cause = BreachCause::forwarded;
    EXPECT_NE(explain(breach).find("firewall.forward"), std::string::npos);
}

}  // namespace
}  // namespace mailban::breaches_test
