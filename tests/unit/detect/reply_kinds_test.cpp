#include "mailban/detect/reply_kinds.h"

#include "mailban/smtp/meaning.h"

#include <gtest/gtest.h>

#include <array>

namespace mailban::reply_kinds_test {
namespace {

constexpr std::array<std::uint16_t, 3> kClasses{2, 4, 5};
using Kind = EventKind;

ReplyKinds kinds_of(std::string_view line)
{
    return kinds_of(*SmtpReply::parse(line));
}

TEST(Replies, ThatAreWrongPasswordsCountAsThem)
{
    for (const auto* line : {"535", "535 5.7.8 x", "535 5.7.0 x", "535 5.7.3 x", "535 5.7.1 x",
                             "535 5.7.139 x", "5.7.8", "554 5.7.8 x"})
        EXPECT_EQ(kinds_of(line).kinds, EventKinds{Kind::auth_failure}) << line;
}

// Temporary is not wrong (invariant 3): whatever code stands there.
TEST(Replies, ThatAreTemporaryAreNeverAWrongPassword)
{
    for (int value = 400; value < 460; ++value) {
        for (const auto* enhanced : {"", " 4.7.0", " 4.7.8", " 5.7.8", " 4.7.1", " 4.3.0"}) {
            const auto line = std::to_string(value) + enhanced;
            EXPECT_FALSE(kinds_of(line).kinds.contains(Kind::auth_failure)) << line;
        }
    }
    for (const auto* line : {"435", "454 4.7.0 x", "4.7.0", "4.7.8"})
        EXPECT_EQ(kinds_of(line).kinds, EventKinds{Kind::auth_unavailable}) << line;
    for (const auto* line : {"4.7.1", "450 4.7.1 x", "432 4.7.12 x", "4.7.12", "451", "4.3.2"})
        EXPECT_TRUE(kinds_of(line).kinds.empty()) << line;
}

TEST(Replies, ThatComparedNoPasswordCountNothing)
{
    for (const auto* line : {"530 5.7.0 x", "530 5.7.1 x", "534 5.7.9 x", "538 5.7.11 x",
                             "535 5.7.13 x", "535 5.7.14 x", "5.7.10", "523", "525 5.7.13 x"})
        EXPECT_TRUE(kinds_of(line).kinds.empty()) << line;
}

TEST(Replies, ThatRefuseMailLeaveOpenWhatOnlyTheTextTells)
{
    EXPECT_EQ(kinds_of("550 relaying denied").kinds,
              (EventKinds{Kind::relay_denied, Kind::unknown_recipient, Kind::rejected}));
    EXPECT_EQ(kinds_of("554 5.7.1 x").kinds, (EventKinds{Kind::relay_denied, Kind::rejected}));
    EXPECT_EQ(kinds_of("550 5.1.1 x").kinds, EventKinds{Kind::unknown_recipient});
    EXPECT_EQ(kinds_of("5.1.10").kinds, EventKinds{Kind::unknown_recipient});
    EXPECT_EQ(kinds_of("550 5.1.8 x").kinds, EventKinds{Kind::rejected});
    EXPECT_EQ(kinds_of("550 5.7.25 x").kinds, EventKinds{Kind::rejected});
    // The two disagree: the code decides.
    EXPECT_EQ(kinds_of("550 4.1.1 x").kinds, kinds_of("550").kinds);
}

TEST(Replies, ThatRefuseNothingCountNoFailure)
{
    EXPECT_EQ(kinds_of("235 2.7.0 x").kinds, EventKinds{Kind::auth_success});
    EXPECT_EQ(kinds_of("2.7.0").kinds, EventKinds{Kind::auth_success});
    for (const auto* line : {"220", "250 2.1.5 x", "334 x", "354", "2.1.5"})
        EXPECT_TRUE(kinds_of(line).kinds.empty()) << line;
}

TEST(Replies, AreAllExplained)
{
    for (int value = 200; value < 560; ++value) {
        const auto code = ReplyCode::parse(std::to_string(value));
        if (!code) continue;
        EXPECT_FALSE(kinds_of(SmtpReply{.code = code}).explanation.empty()) << value;
    }
    for (const std::uint16_t digit : kClasses)
        for (std::uint16_t subject = 0; subject < 9; ++subject)
            for (std::uint16_t detail = 0; detail < 35; ++detail) {
                const SmtpReply reply{.enhanced = EnhancedStatus{digit, subject, detail}};
                ASSERT_FALSE(kinds_of(reply).explanation.empty()) << subject << '.' << detail;
            }
}

TEST(Rules, CountTheKindsTheyAreOn)
{
    std::vector<Rule> rules(3);
    rules[0].name = "guessing";
    rules[1].name = "probing";
    rules[1].on = {Kind::unknown_recipient, Kind::auth_failure};
    rules[2].name = "relaying";
    rules[2].on = {Kind::relay_denied};
    EXPECT_EQ(rules_counting(rules, Kind::auth_failure),
              (std::vector<std::string>{"guessing", "probing"}));
    EXPECT_EQ(rules_counting(rules, Kind::relay_denied), std::vector<std::string>{"relaying"});
    EXPECT_TRUE(rules_counting(rules, Kind::auth_success).empty());
    EXPECT_TRUE(rules_counting({}, Kind::auth_failure).empty());
}

}  // namespace
}  // namespace mailban::reply_kinds_test
