#include "mailban/survey/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include <nlohmann/json.hpp>

#include "seed.h"

namespace mailban::survey_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const Timestamp kStart = std::chrono::sys_days(std::chrono::year(2026) / 11 / 1);

Event failure(const IpAddress& ip, const std::string& account, Timestamp at = kStart)
{
    return {.time = at, .ip = ip, .account = account, .reply = ReplyCode::parse("535")};
}

IpAddress client(std::uint32_t number)
{
    return IpAddress::v4(10, static_cast<std::uint8_t>(number >> 16U),
                         static_cast<std::uint8_t>(number >> 8U),
                         static_cast<std::uint8_t>(number));
}

class ASurvey : public ::testing::Test {
protected:
    Survey survey_{0x5eed};

    Findings found(std::size_t top = 100) const { return survey_.findings(top); }
    std::uint64_t count_of(EventKind kind) const
    {
        return found().kinds[static_cast<std::size_t>(kind)].events;
    }
};

TEST_F(ASurvey, OfNothingFindsNothing)
{
    EXPECT_EQ(found().events, 0U);
    EXPECT_EQ(found().first, std::nullopt);
    EXPECT_TRUE(found().addresses.empty());
    EXPECT_TRUE(json::parse(to_json(found())).at("first").is_null());
}

TEST_F(ASurvey, TellsWhoTriedWhichAccountsAndWhen)
{
    survey_.add(failure(client(7), "bob", kStart + 2h), 0);
    survey_.add(failure(client(7), "eve", kStart + 1h), 0);
    survey_.add(failure(client(8), "bob", kStart + 2h + 59min), 0);
    const auto all = found();
    ASSERT_EQ(all.addresses.size(), 2U);
    EXPECT_EQ(all.addresses[0].first, client(7));
    EXPECT_EQ(all.addresses[0].second.attempts, 2U);
    EXPECT_EQ(all.addresses[0].second.partners, 2U);
    EXPECT_EQ(all.addresses[0].second.first, kStart + 1h);
    EXPECT_EQ(all.addresses[0].second.last, kStart + 2h);
    ASSERT_EQ(all.accounts.size(), 2U);
    EXPECT_EQ(all.accounts[0].first, "bob");
    EXPECT_EQ(all.accounts[0].second.partners, 2U);
    ASSERT_EQ(all.subnets.size(), 1U);
    EXPECT_EQ(all.subnets[0].first.to_string(), "10.0.0.0/24");
    EXPECT_EQ(all.subnets[0].second.partners, 2U);
    ASSERT_EQ(all.hours.size(), 2U);
    EXPECT_EQ(all.hours[1].time, kStart + 2h);
    EXPECT_EQ(all.hours[1].attempts, 2U);
    EXPECT_EQ(all.first, kStart + 1h);
    EXPECT_EQ(all.last, kStart + 2h + 59min);
}

TEST_F(ASurvey, PutsIPv6InBlocksOf64)
{
    survey_.add(failure(*IpAddress::parse("2001:db8:1:2:3::4"), "bob"), 0);
    EXPECT_EQ(found().subnets[0].first.to_string(), "2001:db8:1:2::/64");
}

TEST_F(ASurvey, CountsAnAttemptOnceThatTwoLogsTell)
{
    for (const std::uint32_t log : {0U, 0U, 1U, 1U})
        survey_.add(failure(client(7), "bob"), log);
    EXPECT_EQ(found().accounts[0].second.failures, 4U);
    EXPECT_EQ(found().accounts[0].second.attempts, 2U);
    EXPECT_EQ(found().hours[0].attempts, 2U);
    EXPECT_EQ(found().kinds[0].events, 4U);
    EXPECT_EQ(found().kinds[0].attempts, 2U);
}

TEST_F(ASurvey, LeavesSecondCopiesOutAndSaysSo)
{
    survey_.add(failure(client(7), "bob"), 0);
    auto copy = failure(client(7), "bob");
    copy.reporter = Reporter::copy;
    survey_.add(copy, 0);
    EXPECT_EQ(found().events, 1U);
    EXPECT_EQ(found().copies, 1U);
    EXPECT_EQ(found().accounts[0].second.attempts, 1U);
}

TEST_F(ASurvey, CallsNobodyBadWhoLoggedInOrMetABackEndThatWasDown)
{
    auto event = failure(client(7), "bob");
    event.kind = EventKind::auth_success;
    survey_.add(event, 0);
    event.ip = client(8);
    event.kind = EventKind::auth_unavailable;
    survey_.add(event, 0);
    EXPECT_EQ(count_of(EventKind::auth_success), 1U);
    EXPECT_EQ(count_of(EventKind::auth_unavailable), 1U);
    EXPECT_TRUE(found().addresses.empty());
    EXPECT_TRUE(found().accounts.empty());
    EXPECT_TRUE(found().hours.empty());
    EXPECT_EQ(found().distinct_addresses, 2U);
}

TEST_F(ASurvey, ListsNoMoreThanTheTopAndTheWorstFirst)
{
    for (std::uint32_t number = 1; number <= 9; ++number) {
        for (std::uint32_t times = 0; times < number; ++times)
            survey_.add(failure(client(number), "x", kStart + number * 1s), 0);
    }
    const auto top = found(3);
    ASSERT_EQ(top.addresses.size(), 3U);
    EXPECT_EQ(top.addresses[0].first, client(9));
    EXPECT_EQ(top.addresses[2].first, client(7));
    EXPECT_EQ(top.distinct_addresses, 9U);
}

TEST_F(ASurvey, CutsAnEndlessAccountName)
{
    survey_.add(failure(client(7), std::string(5000, 'a')), 0);
    EXPECT_EQ(found().accounts[0].first.size(), Survey::kLongestAccount);
}

TEST_F(ASurvey, TellsAsJsonWhateverBytesTheClientsSent)
{
    survey_.add(failure(client(7), "\xff\"\x01\n"), 0);
    const auto object = json::parse(to_json(found()));
    EXPECT_EQ(object.at("accounts")[0].at("account"), "\xef\xbf\xbd\"\x01\n");
    EXPECT_EQ(object.at("kinds").at("auth_failure").at("events"), 1);
    EXPECT_EQ(object.at("replies")[0].at("reply"), 535);
}

TEST(AnEventLine, HasTheDocumentedMembersInTheirOrder)
{
    auto event = failure(client(7), "b\xffob");
    event.service = Service::smtp;
    EXPECT_EQ(to_json_line(event, "/a/b", 12),
              "{\"file\":\"/a/b\",\"line\":12,\"kind\":\"auth_failure\",\"ip\":\"10.0.0.7\","
              "\"account\":\"b\\ufffdob\",\"daemon\":\"exim\",\"service\":\"smtp\",\"reply\":535,"
              "\"enhanced\":null,\"attempts\":1,\"time\":\"2026-11-01T00:00:00Z\","
              "\"reporter\":\"front_end\"}\n");
    event.account = std::nullopt;
    event.reply = std::nullopt;
    event.reporter = Reporter::copy;
    const auto object = json::parse(to_json_line(event, "-", 1));
    EXPECT_TRUE(object.at("account").is_null());
    EXPECT_TRUE(object.at("reply").is_null());
    EXPECT_EQ(object.at("reporter"), "copy");
}

// The property: within its bounds a survey counts exactly what a plain map would.
TEST(ASurveyWithRoom, CountsAsAPlainMapDoes)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Survey survey(seed);
    std::map<IpAddress, std::uint64_t> by_address;
    std::map<std::string, std::uint64_t> by_account;
    std::map<std::string, std::set<IpAddress>> met;
    for (int i = 0; i < 20000; ++i) {
        const auto ip = client(static_cast<std::uint32_t>(random() % 500));
        const auto account = "user" + std::to_string(random() % 300);
        survey.add(failure(ip, account, kStart + i * 1s), 0);
        ++by_address[ip];
        ++by_account[account];
        met[account].insert(ip);
    }
    const auto all = survey.findings(100000);
    EXPECT_FALSE(all.forgotten.any());
    ASSERT_EQ(all.addresses.size(), by_address.size());
    ASSERT_EQ(all.accounts.size(), by_account.size());
    for (const auto& [ip, row] : all.addresses)
        EXPECT_EQ(row.attempts, by_address[ip]);
    for (const auto& [account, row] : all.accounts) {
        EXPECT_EQ(row.attempts, by_account[account]);
        EXPECT_EQ(row.partners, met[account].size());
    }
}

// The property: out of room, the totals stay exact, nobody is overstated, the worst are kept, and
// the rest is counted as forgotten.
TEST(ASurveyWithoutRoom, ForgetsTheLeastGuiltyAndSaysSo)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    constexpr std::size_t kRoom = 200;
    constexpr std::uint32_t kStrangers = 20000;
    Survey survey(seed, kRoom);
    std::uint64_t guilty = 0;
    for (std::uint32_t i = 0; i < kStrangers; ++i) {
        const auto at = kStart + i * 1s;
        survey.add(failure(client(1'000'000 + i * 256), "stranger" + std::to_string(i), at), 0);
        if (i >= 50 && random() % 4 != 0) continue;  // at first always: the head start of the worst
        survey.add(failure(client(1), "victim", at), 0);
        ++guilty;
    }
    const auto all = survey.findings(kRoom * 2);
    EXPECT_EQ(all.kinds[0].attempts, kStrangers + guilty);
    EXPECT_LE(all.distinct_addresses, kRoom);
    EXPECT_LE(all.distinct_accounts, kRoom);
    EXPECT_EQ(all.distinct_addresses + all.forgotten.addresses, kStrangers + 1);
    EXPECT_EQ(all.distinct_accounts + all.forgotten.accounts, kStrangers + 1);
    EXPECT_GT(all.forgotten.pairs, 0U);
    EXPECT_EQ(all.addresses[0].first, client(1));
    EXPECT_EQ(all.addresses[0].second.attempts, guilty);
    EXPECT_EQ(all.accounts[0].first, "victim");
    EXPECT_EQ(all.accounts[0].second.attempts, guilty);
    for (std::size_t i = 1; i < all.addresses.size(); ++i)
        EXPECT_EQ(all.addresses[i].second.attempts, 1U);
}

TEST(ASurveyWithoutRoom, CountsAttemptsThatFindNoHour)
{
    Survey survey(1, 4);
    for (std::size_t i = 0; i < Survey::kMostHours + 5; ++i)
        survey.add(failure(client(1), "bob", kStart + i * 1h), 0);
    EXPECT_EQ(survey.findings(1).hours.size(), Survey::kMostHours);
    EXPECT_EQ(survey.findings(1).forgotten.hours, 5U);
}

}  // namespace
}  // namespace mailban::survey_test
