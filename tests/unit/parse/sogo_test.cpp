// What SogoParser does beyond single lines: processes that a client guesses.
#include "mailban/parse/log_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::sogo_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ASogoLog : public ::testing::Test {
protected:
    // The clients of the events that the lines lead to, read at the time of `second`.
    std::vector<std::string> read(const std::vector<std::string>& lines)
    {
        std::vector<std::string> clients;
        for (const auto& line : lines) {
            if (const auto event = parser_.parse(stamp_ + line, now_))
                clients.push_back(event->ip.to_string());
        }
        return clients;
    }

    void pass(int seconds)
    {
        now_ += std::chrono::seconds(seconds);
        second_ += seconds;
        const auto text = std::to_string(second_ % 60);
        stamp_ = "Nov 23 22:" + std::to_string(30 + second_ / 60) + ":" +
                 (text.size() == 1 ? "0" : "") + text + " ";
    }

    static std::string failure(int pid, const std::string& ip)
    {
        return "sogod [" + std::to_string(pid) + "]: SOGoRootPage Login from '" + ip +
               "' for user 'bob' might not have worked - password policy: 65535";
    }
    static std::string access(int pid, const std::string& ip)
    {
        return "sogod [" + std::to_string(pid) + "]: " + ip +
               " \"POST /SOGo/connect HTTP/1.1\" 403 34/81 0.015 - - 2M - 12";
    }

    LogParser parser_{MailServers(MailServer::sogo), {}, {}, {.trusted_front_end = true}};
    int second_ = 0;
    Timestamp now_ = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) +
                     std::chrono::hours(22) + std::chrono::minutes(30);
    std::string stamp_ = "Nov 23 22:30:00 ";
};

TEST_F(ASogoLog, IsDeafForAWhileToAClientThatGuessesProcesses)
{
    std::vector<std::string> lines{failure(500, "192.0.2.7")};
    for (int pid = 1; pid < 600; ++pid) {
        lines.push_back(failure(pid, "8.8.8.8"));
        lines.push_back(access(pid, "8.8.8.8"));
    }
    EXPECT_THAT(read(lines), ElementsAre("192.0.2.7"));
    EXPECT_GT(parser_.concerns().lines(MailServer::sogo, Concern::forgeable), 0U);
    pass(29);
    EXPECT_THAT(read({failure(500, "192.0.2.8"), access(500, "192.0.2.8")}), IsEmpty());
    pass(1);
    EXPECT_THAT(read({failure(500, "192.0.2.8"), access(500, "192.0.2.8")}),
                ElementsAre("192.0.2.8"));
}

TEST_F(ASogoLog, DoesNotEndItsDeafnessByAStampYetToCome)
{
    std::vector<std::string> lines{failure(500, "192.0.2.7")};
    for (int pid = 1; pid <= 20; ++pid)
        lines.push_back(access(pid, "8.8.8.8"));
    EXPECT_THAT(read(lines), ElementsAre("192.0.2.7"));
    stamp_ = "Nov 23 22:31:00 ";
    EXPECT_THAT(read({failure(1, "8.8.8.8"), access(1, "8.8.8.8")}), IsEmpty());
}

TEST_F(ASogoLog, DoesNotEndItsDeafnessByStampsOfThePast)
{
    pass(600);
    std::vector<std::string> lines{failure(500, "192.0.2.7")};
    EXPECT_THAT(read(lines), IsEmpty());
    lines.clear();
    for (int pid = 1; pid <= 20; ++pid)
        lines.push_back(access(pid, "8.8.8.8"));
    stamp_ = "Nov 23 22:00:00 ";
    EXPECT_THAT(read(lines), ElementsAre("192.0.2.7"));
    stamp_ = "Nov 23 22:05:00 ";
    EXPECT_THAT(read({failure(1, "8.8.8.8"), access(1, "8.8.8.8")}), IsEmpty());
    stamp_ = "Nov 23 22:40:00 ";
    EXPECT_THAT(read({failure(1, "8.8.8.8"), access(1, "8.8.8.8")}), IsEmpty());
}

TEST_F(ASogoLog, CountsARequestOnce)
{
    EXPECT_THAT(read({failure(500, "192.0.2.7"), failure(500, "192.0.2.7"),
                      access(500, "192.0.2.7"), access(500, "192.0.2.7")}),
                ElementsAre("192.0.2.7"));
}

TEST_F(ASogoLog, OfManyProcessesAtATimeHasEachLogin)
{
    std::vector<std::string> begun;
    std::vector<std::string> ended;
    for (int pid = 1; pid <= 100; ++pid) {
        EXPECT_THAT(read({access(pid, "192.0.2.1")}), IsEmpty());
        begun.push_back(failure(pid, "192.0.2." + std::to_string(pid)));
        ended.push_back(access(pid, "192.0.2." + std::to_string(pid)));
    }
    EXPECT_THAT(read(begun), IsEmpty());
    EXPECT_EQ(read(ended).size(), 100U);
}

}  // namespace
}  // namespace mailban::sogo_test
