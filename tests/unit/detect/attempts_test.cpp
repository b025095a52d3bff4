#include "mailban/detect/attempts.h"

#include "mailban/detect/dedup/deduplicator.h"

#include <gtest/gtest.h>

namespace mailban::attempts_test {
namespace {

Event summary_of(std::uint32_t attempts, std::optional<std::string> account)
{
    Event event;
    event.server = MailServer::dovecot;
    event.reporter = Reporter::summary;
    event.attempts = attempts;
    event.account = std::move(account);
    event.session = "abc";
    return event;
}

// "bob 1, - 2"
std::string parts_of(const Event& event, std::uint32_t fresh)
{
    std::string text;
    each_part(event, fresh, [&text](const Event& part, std::uint32_t count) {
        text += (text.empty() ? "" : ", ") + part.account.value_or("-");
        text += " " + std::to_string(count);
    });
    return text;
}

TEST(TheAttemptsOfASummary, AreTheNamedAccountsButOne)
{
    EXPECT_EQ(parts_of(summary_of(3, "bob"), 3), "- 2, bob 1");
    EXPECT_EQ(parts_of(summary_of(1, "bob"), 1), "bob 1");
    EXPECT_EQ(parts_of(summary_of(3, "bob"), 1), "bob 1");
    EXPECT_EQ(parts_of(summary_of(3, ""), 2), "- 2");
    EXPECT_EQ(parts_of(summary_of(2, std::nullopt), 2), "- 2");
    EXPECT_EQ(parts_of(summary_of(2, "bob"), 0), "") << "all of it was told by another line";
}

TEST(TheAttemptsOfOtherEvents, StayTogether)
{
    auto event = summary_of(3, "bob");
    event.reporter = Reporter::front_end;  // a line that a syslog daemon has counted
    EXPECT_EQ(parts_of(event, 3), "bob 3");
    event.reporter = Reporter::back_end;
    EXPECT_EQ(parts_of(event, 3), "bob 3");
    event.reporter = Reporter::summary;
    event.kind = EventKind::auth_unavailable;
    EXPECT_EQ(parts_of(event, 3), "bob 3");
}

TEST(TheAttemptsOfASummary, AreNobodysNoMoreWhereTheBackEndNamesEach)
{
    Deduplicator deduplicator(Seed{1});
    for (const auto* account : {"bob", "carol", "mallory"}) {
        auto line = summary_of(1, account);
        line.reporter = Reporter::back_end;
        EXPECT_EQ(deduplicator.admit(line, 1), 1U);
    }
    auto summary = summary_of(3, "mallory");
    summary.lasted = std::chrono::seconds(6);
    EXPECT_EQ(deduplicator.admit(summary, 1), 0U);
    summary.account = "";
    summary.session = "other";
    summary.attempts = 4;
    EXPECT_EQ(deduplicator.admit(summary, 1), 3U);
}

}  // namespace
}  // namespace mailban::attempts_test
