// One attempt that the server which spoke with the client tells of, and the one that compared the
// password, counts once: as their own lines say it.
#include "mailban/detect/dedup/deduplicator.h"
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban::two_reporters_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::uint32_t fresh_of(Deduplicator& deduplicator, std::uint32_t source, const std::string& line)
{
    LogParser parser;
    const auto event = parser.parse(line, kNow);
    EXPECT_TRUE(event) << line;
    return event ? deduplicator.admit(*event, source) : 0;
}

const std::string kNginx =
    "2026/11/23 22:30:58 [info] 12#12: *210 client login failed: \"Authentication credentials "
    "invalid\" while in http auth state, client: 192.0.2.7, server: 0.0.0.0:993, login: "
    "\"bob@example.org\"";
const std::string kMailu =
    "[2026-11-23 22:30:58,601] INFO in nginx: Login attempt for: bob@example.org/imap/993 from: "
    "192.0.2.7/35618: failed: badauth: 'a1b2c3'";

TEST(AnAttemptThatNginxAndMailuTell, CountsOnceInEitherOrder)
{
    Deduplicator one(Seed{1});
    EXPECT_EQ(fresh_of(one, 1, kNginx) + fresh_of(one, 2, kMailu), 1U);
    Deduplicator other(Seed{1});
    EXPECT_EQ(fresh_of(other, 2, kMailu) + fresh_of(other, 1, kNginx), 1U);
}

TEST(TwoAttemptsThatNginxAndMailuTell, CountTwice)
{
    Deduplicator deduplicator(Seed{1});
    auto later = kNginx;
    later.replace(later.find(":58 "), 4, ":59 ");
    auto later_of_mailu = kMailu;
    later_of_mailu.replace(later_of_mailu.find(":58,"), 4, ":59,");
    EXPECT_EQ(fresh_of(deduplicator, 1, kNginx) + fresh_of(deduplicator, 2, kMailu) +
                  fresh_of(deduplicator, 1, later) + fresh_of(deduplicator, 2, later_of_mailu),
              2U);
}

TEST(AnAttemptThatDominoTellsTwice, CountsOnce)
{
    Deduplicator deduplicator(Seed{1});
    const std::string head = "[000738:000027-00007F1164C23700] 23-11-2026 22:30:58   ";
    EXPECT_EQ(
        fresh_of(deduplicator, 1,
                 head + "smtp: FISH [192.0.2.7] authentication failure using internet password") +
            fresh_of(deduplicator, 1,
                     head + "SMTP Server: Authentication failed for user FISH ; connecting host "
                            "192.0.2.7"),
        1U);
}

}  // namespace
}  // namespace mailban::two_reporters_test
