#include "mailban/hook/hook_event.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mailban::hook_event_test {
namespace {

using ::testing::ElementsAre;

constexpr Timestamp kNoon{std::chrono::seconds(1'800'000'000)};

const ArgumentVector kAll{"tool",         "{event}",   "{time}",    "{prefix}",  "{address}",
                          "{rule}",       "{count}",   "{until}",   "{account}", "{why}",
                          "--x={prefix}", "{unknown}", "$(reboot)", "{PREFIX}"};

TEST(AHook, IsToldWhoWasBannedAndWhy)
{
    HookEvent ban;
    ban.at = kNoon;
    ban.prefix = Prefix::parse("2001:db8:0:1::/64");
    ban.rule = "password-guessing";
    ban.count = 5;
    ban.until = Until(kNoon + std::chrono::hours(1));
    EXPECT_THAT(filled_in(kAll, ban),
                ElementsAre("tool", "ban", "2027-01-15T08:00:00Z", "2001:db8:0:1::/64",
                            "2001:db8:0:1::", "password-guessing", "5", "2027-01-15T09:00:00Z", "",
                            "", "--x=2001:db8:0:1::/64", "{unknown}", "$(reboot)", "{PREFIX}"));
    ban.until = Until();
    EXPECT_THAT(filled_in({"{until}"}, ban), ElementsAre("forever"));
}

TEST(AHook, GetsNothingForWhatAHappeningDoesNotHave)
{
    HookEvent outage;
    outage.kind = HookEvent::Kind::outage;
    EXPECT_THAT(
        filled_in({"{event}", "{prefix}{address}{rule}{count}{until}{account}{why}"}, outage),
        ElementsAre("outage", ""));
}

TEST(AHook, IsNeverGivenAnAccountThatLooksLikeAnOptionOrAPlaceholder)
{
    HookEvent stale;
    stale.account = "--exec";
    EXPECT_THAT(filled_in({"{account}"}, stale), ElementsAre("an account with an unusual name"));
    stale.account = "{prefix}";
    EXPECT_THAT(filled_in({"{account}"}, stale), ElementsAre("{prefix}"));
}

TEST(TheHappenings, HaveANameEach)
{
    EXPECT_EQ(happening_names().size(), kHappeningKinds);
    EXPECT_EQ(happening_names()[static_cast<std::size_t>(HookEvent::Kind::degraded)], "degraded");
}

}  // namespace
}  // namespace mailban::hook_event_test
