// Attempts, not lines: what whole logs of a real server add up to.
#include "mailban/detect/dedup/deduplicator.h"
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <fstream>

namespace mailban::attempts_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

// Clients that tried one password with PLAIN and then with LOGIN, in one connection.
constexpr std::uint32_t kTriedTwice = 3;

struct Count {
    std::uint32_t lines = 0;
    std::uint32_t attempts = 0;
};

// Wrong passwords in logs that are read one behind the other.
Count count_failures(const std::vector<std::string>& logs)
{
    Count count;
    Deduplicator deduplicator(Seed{1});
    for (std::uint32_t source = 0; source < logs.size(); ++source) {
        std::ifstream file(MAILBAN_SOURCE_DIR "/tests/corpus/" + logs[source]);
        EXPECT_TRUE(file) << logs[source];
        LogParser parser;
        for (std::string line; std::getline(file, line);) {
            const auto event = parser.parse(line, kNow);
            if (!event || event->kind != EventKind::auth_failure) continue;
            ++count.lines;
            count.attempts += deduplicator.admit(*event, source);
        }
    }
    return count;
}

TEST(Attempts, AreHalfTheLinesThatEximWritesThroughSyslog)
{
    const auto count = count_failures({"exim/syslog-trad.log"});
    EXPECT_GT(count.lines, 850U);
    EXPECT_EQ(count.attempts, count.lines / 2 - kTriedTwice);
}

TEST(Attempts, AreTheLinesWhereEximDoesNotDouble)
{
    const auto count = count_failures({"exim/syslognots-iso.log"});
    EXPECT_GT(count.lines, 425U);
    EXPECT_EQ(count.attempts, count.lines - kTriedTwice);
}

TEST(Attempts, AreThoseOfTheMainLogWhereTheRejectLogIsReadToo)
{
    const auto both = count_failures({"exim/cpanel.main.log", "exim/cpanel.reject.log"});
    EXPECT_EQ(both.attempts, count_failures({"exim/cpanel.main.log"}).attempts);
}

}  // namespace
}  // namespace mailban::attempts_test
