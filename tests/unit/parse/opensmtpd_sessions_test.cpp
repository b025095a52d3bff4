#include "mailban/parse/opensmtpd_sessions.h"

#include <gtest/gtest.h>

namespace mailban::opensmtpd_sessions_test {
namespace {

IpAddress client(std::uint64_t number)
{
    return IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(number % 250));
}

TEST(OpenSmtpdSessionsTest, KnowASessionUntilItEnds)
{
    OpenSmtpdSessions sessions;
    EXPECT_EQ(sessions.find("mail", 7), nullptr);
    sessions.open("mail", 7, client(7));
    ASSERT_NE(sessions.find("mail", 7), nullptr);
    EXPECT_EQ(sessions.find("mail", 7)->client, client(7));
    EXPECT_EQ(sessions.find("other", 7), nullptr);
    sessions.close("mail", 7);
    EXPECT_EQ(sessions.find("mail", 7), nullptr);
}

TEST(OpenSmtpdSessionsTest, BelieveTheLatestOpeningOfASession)
{
    OpenSmtpdSessions sessions;
    sessions.open("mail", 7, client(7));
    sessions.find("mail", 7)->authenticated = true;
    sessions.open("mail", 7, client(8));
    EXPECT_EQ(sessions.find("mail", 7)->client, client(8));
    EXPECT_FALSE(sessions.find("mail", 7)->authenticated);
}

TEST(OpenSmtpdSessionsTest, ForgetTheOldestOfTooMany)
{
    OpenSmtpdSessions sessions;
    for (std::uint64_t id = 0; id <= OpenSmtpdSessions::kCapacity; ++id)
        sessions.open("mail", id, client(id));
    EXPECT_EQ(sessions.size(), OpenSmtpdSessions::kCapacity);
    EXPECT_EQ(sessions.find("mail", 0), nullptr);
    EXPECT_NE(sessions.find("mail", 1), nullptr);
}

TEST(OpenSmtpdSessionsTest, AreNotPushedOutByThoseThatEnded)
{
    OpenSmtpdSessions sessions;
    sessions.open("mail", 0, client(0));
    for (std::uint64_t id = 1; id < 6 * OpenSmtpdSessions::kCapacity; ++id) {
        sessions.open("mail", id, client(id));
        sessions.close("mail", id);
    }
    EXPECT_EQ(sessions.size(), 1U);
    ASSERT_NE(sessions.find("mail", 0), nullptr);
    EXPECT_EQ(sessions.find("mail", 0)->client, client(0));
}

}  // namespace
}  // namespace mailban::opensmtpd_sessions_test
