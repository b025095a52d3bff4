#include "mailban/hook/journal_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace mailban::journal_fields_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Timestamp kAt = std::chrono::sys_days(std::chrono::year(2026) / 12 / 6);

std::vector<HookEvent::Kind> all_kinds()
{
    std::vector<HookEvent::Kind> kinds;
    for (std::size_t kind = 0; kind < kHappeningKinds; ++kind)
        kinds.push_back(static_cast<HookEvent::Kind>(kind));
    return kinds;
}

TEST(AJournalEntry, SaysOfABanWhatItIsAbout)
{
    HookEvent ban;
    ban.prefix = *Prefix::parse("192.0.2.7");
    ban.rule = "password-guessing";
    ban.count = 5;
    ban.until = kAt;
    ban.account = "bob";
    EXPECT_THAT(journal_fields(ban),
                ElementsAre("MESSAGE_ID=26b08e7998504fb8ad5998d9c09c436d", "MAILBAN_EVENT=ban",
                            "MAILBAN_ADDRESS=192.0.2.7", "MAILBAN_PREFIX=192.0.2.7/32",
                            "MAILBAN_RULE=password-guessing", "MAILBAN_COUNT=5",
                            "MAILBAN_UNTIL=2026-12-06T00:00:00Z", "MAILBAN_ACCOUNT=bob"));
    ban.prefix = *Prefix::parse("2001:db8::/64");
    ban.until = Until();
    EXPECT_THAT(journal_fields(ban), Contains("MAILBAN_ADDRESS=2001:db8::/64"));
    EXPECT_THAT(journal_fields(ban), Contains("MAILBAN_UNTIL=forever"));
}

TEST(AJournalEntry, HasNoFieldForWhatItDoesNotHave)
{
    HookEvent outage;
    outage.kind = HookEvent::Kind::outage;
    EXPECT_THAT(journal_fields(outage),
                ElementsAre(StartsWith("MESSAGE_ID="), "MAILBAN_EVENT=outage"));
}

TEST(AJournalEntry, OfAnAttemptShowsOnlyAPlainAccount)
{
    Event event;
    event.ip = *IpAddress::parse("192.0.2.7");
    event.account = "bob\nMESSAGE_ID=0";
    event.attempts = 3;
    for (const auto& field : journal_fields(event))
        EXPECT_THAT(field, Not(HasSubstr("\n")));
    EXPECT_THAT(journal_fields(event), Contains("MAILBAN_EVENT=auth_failure"));
    EXPECT_THAT(debug_text(event), StartsWith("auth_failure 192.0.2.7, account "));
    EXPECT_THAT(debug_text(event), HasSubstr(", 3 attempts"));
    EXPECT_THAT(debug_text(event), Not(HasSubstr("\n")));
}

TEST(AMessageId, IsOneOfItsOwnAndInTheCatalog)
{
    std::ifstream file(MAILBAN_SOURCE_DIR "/systemd/mailban.catalog");
    const std::string catalog{std::istreambuf_iterator<char>(file), {}};
    std::set<std::string> ids;
    for (const auto kind : all_kinds()) {
        const std::string id(message_id(kind));
        EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]{32}"));
        EXPECT_THAT(catalog, HasSubstr("\n-- " + id + "\nSubject: "));
        ids.insert(id);
    }
    EXPECT_EQ(ids.size(), kHappeningKinds);
    std::size_t entries = 0;
    for (auto at = catalog.find("\n-- "); at != std::string::npos;
         at = catalog.find("\n-- ", at + 1))
        ++entries;
    EXPECT_EQ(entries, kHappeningKinds);
}

}  // namespace
}  // namespace mailban::journal_fields_test
