#include "mailban/control/account_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailban::account_report_test {
namespace {

using ::testing::ElementsAre;

constexpr Timestamp kAccountTime{std::chrono::seconds(1'800'000'000)};

IpAddress ip_of(const std::string& text)
{
    return *IpAddress::parse(text);
}

Evidence use_of(const std::string& account, const std::string& ip, int second,
                EventKind kind = EventKind::auth_failure)
{
    Evidence evidence;
    evidence.event.time = kAccountTime + std::chrono::seconds(second);
    evidence.event.kind = kind;
    evidence.event.ip = ip_of(ip);
    evidence.event.account = account;
    evidence.counted = 1;
    return evidence;
}

Ban active_ban(const std::string& prefix)
{
    Ban ban;
    ban.prefix = *Prefix::parse(prefix);
    ban.since = kAccountTime;
    return ban;
}

TEST(AnAccountSurvey, TellsFromWhereAnAccountWasUsedAndAttacked)
{
    AccountSurvey survey("Bob@Example.com", kAccountTime);
    survey.add(use_of("bob@example.com", "192.0.2.7", 1, EventKind::auth_success));
    survey.add(use_of("bob@example.com", "192.0.2.7", 2));
    survey.add(use_of("BOB@example.com", "198.51.100.9", 3));
    survey.add(use_of("bob@example.com", "198.51.100.9", 4));
    survey.add(use_of("alice@example.com", "203.0.113.5", 5));
    survey.add(use_of("bob@example.com", "203.0.113.6", 6, EventKind::relay_denied));
    survey.add(use_of("bob@example.com", "2001:db8::1", 7));
    auto report = survey.report({active_ban("198.51.100.0/24"), active_ban("2001:db9::/64")}, 10);
    EXPECT_EQ(report.logins, 1U);
    EXPECT_EQ(report.failures, 4U);
    EXPECT_EQ(report.addresses, 3U);
    EXPECT_EQ(report.banned, 1U);
    ASSERT_EQ(report.clients.size(), 3U);
    // Banned ones first, then the latest.
    EXPECT_EQ(report.clients[0].ip, ip_of("198.51.100.9"));
    EXPECT_EQ(report.clients[0].failures, 2U);
    EXPECT_EQ(report.clients[0].first, kAccountTime + std::chrono::seconds(3));
    EXPECT_EQ(report.clients[0].bans.size(), 1U);
    EXPECT_EQ(report.clients[1].ip, ip_of("2001:db8::1"));
    EXPECT_EQ(report.clients[2].last_login, kAccountTime + std::chrono::seconds(1));
    EXPECT_EQ(report.clients[2].failures, 1U);
    const auto shown = nlohmann::json::parse(to_json(report));
    EXPECT_EQ(shown.at("clients").at(0).at("banned"), true);
    EXPECT_EQ(shown.at("banned_addresses"), 1);
    // Only as many rows as are wanted; the sums are of all.
    report = survey.report({}, 1);
    EXPECT_EQ(report.clients.size(), 1U);
    EXPECT_EQ(report.addresses, 3U);
}

TEST(TheBansOfAnAccount, AreThoseThatCoverAnAddressFromWhichItWasTried)
{
    AccountBans bans("bob");
    bans.note_address(ip_of("192.0.2.7"), "Bob", false);
    bans.note_address(ip_of("2001:db8::5"), "bob", false);
    bans.note_address(ip_of("203.0.113.9"), "alice", false);
    for (const auto* prefix : {"192.0.2.0/24", "192.0.2.8/32", "2001:db8::/64", "203.0.113.9/32"})
        bans.note_ban(active_ban(prefix));
    std::vector<std::string> found;
    for (const Ban& ban : bans.all())
        found.push_back(ban.prefix.to_string());
    EXPECT_THAT(found, ElementsAre("192.0.2.0/24", "2001:db8::/64"));
}

TEST(TheBansOfAnAccount, AreItsOwnUnlessTheClientTriedOthersAndNeverLoggedIn)
{
    AccountBans bans("bob");
    const std::vector<std::tuple<const char*, const char*, bool>> uses{
        {"192.0.2.1", "bob", false},
        {"192.0.2.2", "bob", false},
        {"192.0.2.2", "info", false},
        {"192.0.2.3", "bob", true},
        {"192.0.2.3", "info", false}};
    for (const auto& [ip, account, is_login] : uses)
        bans.note_address(ip_of(ip), account, is_login);
    for (const auto* ip : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
        bans.note_ban(active_ban(ip));
    for (const auto& [ip, account, is_login] : uses)
        bans.note_others(ip_of(ip), account);
    std::vector<bool> own;
    for (const Ban& ban : bans.all())
        own.push_back(bans.is_own(ban));
    EXPECT_THAT(own, ElementsAre(true, false, true));
}

}  // namespace
}  // namespace mailban::account_report_test
