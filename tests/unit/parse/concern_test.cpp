#include "mailban/parse/concern.h"

#include <gtest/gtest.h>

#include <set>

namespace mailban::concern_test {
namespace {

TEST(EveryConcern, HasANameAndASentence)
{
    std::set<std::string_view> names;
    for (std::size_t index = 0; index < kConcerns; ++index) {
        const auto concern = static_cast<Concern>(index);
        EXPECT_TRUE(names.insert(to_string(concern)).second) << to_string(concern);
        EXPECT_FALSE(to_string(concern).empty());
        EXPECT_TRUE(explain(concern).ends_with('.')) << to_string(concern);
        for (std::size_t server = 0; server < kMailServers; ++server) {
            const auto advice = advice_on(concern, static_cast<MailServer>(server));
            EXPECT_TRUE(advice.empty() || advice.ends_with('.')) << advice;
        }
    }
}

TEST(ConcernsOfALog, AreCountedByServer)
{
    LogConcerns concerns;
    EXPECT_TRUE(concerns.entries().empty());
    concerns.note(MailServer::exim, Concern::ambiguous);
    concerns.note(MailServer::exim, Concern::ambiguous);
    concerns.note(MailServer::dovecot, Concern::hidden_attempts);
    EXPECT_EQ(concerns.lines(MailServer::exim, Concern::ambiguous), 2U);
    EXPECT_EQ(concerns.lines(MailServer::postfix, Concern::ambiguous), 0U);
    const std::vector<LogConcerns::Entry> expected{
        {MailServer::exim, Concern::ambiguous, 2},
        {MailServer::dovecot, Concern::hidden_attempts, 1}};
    EXPECT_EQ(concerns.entries(), expected);
    concerns.dispel(MailServer::dovecot, Concern::hidden_attempts);
    EXPECT_EQ(concerns.entries().size(), 1U);
}

TEST(AConcern, IsToldWithTheSettingThatEndsIt)
{
    const auto text = to_string(LogConcerns::Entry{MailServer::exim, Concern::ambiguous, 12});
    EXPECT_TRUE(text.starts_with("exim, 12 lines: ")) << text;
    EXPECT_NE(text.find("+incoming_port +smtp_connection"), std::string::npos) << text;
    const auto one = to_string(LogConcerns::Entry{MailServer::dovecot, Concern::ambiguous, 1});
    EXPECT_TRUE(one.starts_with("dovecot, 1 line: ")) << one;
    EXPECT_TRUE(one.ends_with(explain(Concern::ambiguous))) << one;
}

}  // namespace
}  // namespace mailban::concern_test
