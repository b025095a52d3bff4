#include "mailban/setup/mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::mask_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string masked(std::string_view text)
{
    return Masker().masked(text);
}

TEST(AMask, HidesMailAddressesAndKeepsWhoIsWho)
{
    EXPECT_EQ(masked("bob@example.com, Bob@Example.com and anna@example.com"),
              "account1@domain1.example, account1@domain1.example and account2@domain1.example");
    EXPECT_EQ(masked("user=<bob+tag@mail.example.org>"), "user=<account1@domain1.example>");
    EXPECT_EQ(masked("one: bob@example.com\ntwo: bob@example.net\n"),
              "one: account1@domain1.example\ntwo: account1@domain2.example\n");
}

TEST(AMask, HidesNamesOfAccountsWithoutADomain)
{
    EXPECT_EQ(masked("5 failures within 10m, account bob, ban number 1"),
              "5 failures within 10m, account account1, ban number 1");
    EXPECT_EQ(masked(R"({"account":"bob","ip":"192.0.2.7"})"),
              R"({"account":"account1","ip":"192.0.2.7"})");
    EXPECT_EQ(masked("the account is under attack"), "the account is under attack");
    EXPECT_EQ(masked("rule account-under-attack"), "rule account-under-attack");
}

TEST(AMask, HidesSecretsByTheirNames)
{
    for (const char* line :
         {"api_key: hunter2", "  password: 'hunter2'", R"("token":"hunter2",)",
          "auth_policy_server_api_header = X-API-Key: hunter2", "run: [notify, --secret=hunter2]",
          R"(run: [curl, -H, "Authorization: Bearer hunter2", "https://example.com/"])"})
        EXPECT_THAT(masked(line),
                    ::testing::AllOf(Not(HasSubstr("hunter2")), HasSubstr("(masked)")))
            << line;
    EXPECT_EQ(masked("key_file: /etc/mailban/policy.key"), "key_file: /etc/mailban/policy.key");
}

TEST(AMask, HidesUsersInUrlsAndWordsDrawnByLot)
{
    EXPECT_EQ(masked("https://bob:hunter2@example.com/x"), "https://(masked)@example.com/x");
    EXPECT_EQ(masked("[notify, 8f3kd93jf02kf9dk3kf0a]"), "[notify, (masked)]");
    EXPECT_THAT(masked("https://hooks.example.com/T024F/B7KQ/aB3dE5fG7hI9jK1lM3nO5pQ7"),
                Not(HasSubstr("aB3dE5fG7hI9jK1lM3nO5pQ7")));
}

TEST(AMask, KeepsWhatAReportIsAbout)
{
    for (const char* line :
         {"banned 192.0.2.7/32 until 2026-11-28 20:19:08 +0100: rule password-guessing",
          "2001:db8:1111:2222:3333:4444:5555:6666", "journal: {units: [postfix@-.service]}",
          "2026-11-28T19:19:08.042052Z", "/var/log/exim4/mainlog: cannot be read",
          R"("listen":"127.0.0.1:4001")", "state: {directory: /var/lib/mailban}",
          "  - {name: recipient-harvesting, on: unknown_recipient, limit: 20}",
          "Linux mail 6.1.0-18-amd64 x86_64", ""})
        EXPECT_EQ(masked(line), line);
}

}  // namespace
}  // namespace mailban::mask_test
