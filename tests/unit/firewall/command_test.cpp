#include "mailban/firewall/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "unit/firewall/plan_support.h"

namespace mailban::test::command_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

CommandSteps one(ArgumentVector words)
{
    return {{std::move(words), {}, {}}};
}

TEST(ACommand, IsFilledInWithAddressesThatArePrintedAnew)
{
    const auto steps = one({"tool", "{address}", "p={prefix}", "{length}/{family}/{version}",
                            "{seconds}s", "{ports}"});
    const CommandValues values{"2001:db8:0::/64"_p, 90s, {false, {25, 465}}};
    EXPECT_EQ(filled_in(steps, values),
              one({"tool", "2001:db8::", "p=2001:db8::/64", "64/ipv6/6", "90s", "25,465"}));
    EXPECT_EQ(filled_in(one({"tool", "{prefix}{family}"}), {"192.0.2.7"_p, 1s, {}}),
              one({"tool", "192.0.2.7/32ipv4"}));
}

TEST(ACommand, KeepsBracesThatAreNoPlaceholder)
{
    const ArgumentVector words{"nft",   "{ {prefix} timeout {seconds}s }", "{}", "{1}", "{",
                               "a{b c}"};
    EXPECT_EQ(filled_in(one(words), {"192.0.2.7"_p, 5s, {}}),
              one({"nft", "{ 192.0.2.7/32 timeout 5s }", "{}", "{1}", "{", "a{b c}"}));
}

TEST(ACommand, IsRepeatedForEachPortAndItsConditionsToo)
{
    const CommandSteps steps{{{"open", "{port}"}, {"may", "{port}"}, {"is", "{port}"}}, {{"end"}}};
    EXPECT_EQ(filled_in(steps, {{}, {}, {false, {25, 465}}}),
              (CommandSteps{{{"open", "25"}, {"may", "25"}, {"is", "25"}},
                            {{"open", "465"}, {"may", "465"}, {"is", "465"}},
                            {{"end"}}}));
}

TEST(ACommand, TellsWhetherItEndsBansItself)
{
    CommandSet commands;
    commands.ban = one({"ban", "{address}"});
    EXPECT_EQ(keeps_time_of(commands), KeepsTime::no);
    EXPECT_FALSE(can_ban_blocks(commands));
    commands.ban = one({"ban", "{address}/{length}", "{seconds}"});
    EXPECT_EQ(keeps_time_of(commands), KeepsTime::yes);
    EXPECT_TRUE(can_ban_blocks(commands));
}

TEST(TheSecondsLeft, AreRoundedUpAndBounded)
{
    EXPECT_EQ(seconds_left(kNoon + 1500ms, kNoon, 1h), 2s);
    EXPECT_EQ(seconds_left(kNoon - 5s, kNoon, 1h), 1s);
    EXPECT_EQ(seconds_left(kNoon + 48h, kNoon, 24h), 24h);
    EXPECT_EQ(seconds_left({}, kNoon, 24h), 24h);
}

TEST(ACommandsList, IsOnePrefixALineAndWhatIsLeft)
{
    EXPECT_THAT(
        parse_command_list("Name: mailban4\nMembers:\n192.0.2.7 timeout 60\n"
                           "  198.51.100.0/24 30\r\n2001:db8::/64\n"
                           "203.0.113.9 comment \"x\"\n192.0.2.1/24\n\nnothing",
                           kNoon),
        ElementsAre(Held{"192.0.2.7"_p, kNoon + 60s}, Held{"198.51.100.0/24"_p, kNoon + 30s},
                    Held{"2001:db8::/64"_p, {}}, Held{"203.0.113.9"_p, {}}));
    EXPECT_THAT(parse_command_list("", kNoon), IsEmpty());
    EXPECT_THAT(parse_command_list("\n\n \n", kNoon), IsEmpty());
    EXPECT_THAT(parse_command_list("192.0.2.7 timeout 99999999999", kNoon),
                ElementsAre(Held{"192.0.2.7"_p, {}}));
}

// Nothing that is not printed anew comes out of a placeholder, whatever the prefix.
TEST(ACommand, NeverPrintsAnythingButAddressesAndNumbers)
{
    for (unsigned seed = 0; seed < 500; ++seed) {
        std::mt19937 random(seed);
        IpAddress::Bytes bytes;
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(random());
        const bool is_v4 = random() % 2 == 0;
        const auto address =
            is_v4 ? IpAddress::v4(bytes[0], bytes[1], bytes[2], bytes[3]) : IpAddress(bytes);
        const auto prefix = Prefix::of(address, static_cast<unsigned>(random() % 129));
        const auto words =
            filled_in(one({"{address}{prefix}{length}{version}{seconds}"}), {prefix, 7s, {}});
        EXPECT_EQ(words[0].run[0].find_first_not_of("0123456789abcdef:./"), std::string::npos)
            << "seed " << seed << ": " << words[0].run[0];
        const auto back = filled_in(one({"{prefix}"}), {prefix, 7s, {}})[0].run[0];
        EXPECT_EQ(Prefix::parse(back), prefix) << "seed " << seed;
    }
}

}  // namespace

}  // namespace mailban::test::command_test
