#include "io/source/journal_fixture.h"
#include "mailban/envelope/line_splitter.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "seed.h"

namespace mailban::io::journal_tail_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Written entry(std::string message, std::vector<std::pair<std::string, std::string>> fields)
{
    return {std::move(message), std::move(fields)};
}

TEST_F(AJournalTail, HandsOverWhatIsThereAndThenWhatIsWritten)
{
    journal.write("system", Messages{"one", "two"});
    start();
    EXPECT_TRUE(hands_over({"one", "two"}));
    journal.write("system", Messages{"three"});
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
    EXPECT_EQ(status().lines, 3U);
    EXPECT_TRUE(status().present);
    EXPECT_EQ(status().problem, "");
    EXPECT_EQ(life->fresh, (std::vector{Freshness::backlog, Freshness::backlog, Freshness::live}));
}

TEST_F(AJournalTail, GoesOnBehindItsLastEntryWithWhatCameInTheMeantime)
{
    journal.write("a", Messages{"one", "two"});
    start();
    EXPECT_TRUE(hands_over({"one", "two"}));
    journal.write("b", Messages{"three"});
    kill_and_restart();
    EXPECT_TRUE(hands_over({"three"}));
    kill_and_restart();
    EXPECT_TRUE(hands_over({}));
    EXPECT_EQ(life->committed->time, kFirstEntry + 2s);
}

TEST_F(AJournalTail, ReadsOnAcrossRotations)
{
    journal.write("system", Messages{"one"});
    start();
    EXPECT_TRUE(hands_over({"one"}));
    journal.rotate("system");
    journal.write("system", Messages{"two"});
    journal.write("system", Messages{"three"});
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
    EXPECT_GT(status().rotations, 0U);
    journal.write("system", Messages{"four"});
    kill_and_restart();
    EXPECT_TRUE(hands_over({"four"}));
}

TEST_F(AJournalTail, HandsOverEachEntryOnceWhenTheLastOneWasVacuumed)
{
    journal.write("a", Messages{"one", "two"});
    start();
    EXPECT_TRUE(hands_over({"one", "two"}));
    journal.write("b", Messages{"three"});
    fs::remove(journal.path() + "/a.journal");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
    journal.write("c", Messages{"four", "five"});
    JournalStart behind_two;
    behind_two.position = JournalPosition{
        "s=00000000000000000000000000000001;i=2;"
        "b=00000000000000000000000000000002;m=1;t=6651728a7c240;"
        "x=1",
        kFirstEntry + 1s};
    start(behind_two);
    EXPECT_TRUE(hands_over({"three", "four", "five"}));
}

TEST_F(AJournalTail, GoesOnByTimeWhereItsCursorIsNone)
{
    journal.write("a", Messages{"one", "two", "three"});
    start({JournalPosition{"nonsense", kFirstEntry + 1s}, {}});
    EXPECT_TRUE(hands_over({"three"}));
}

TEST_F(AJournalTail, BeginsAtTheWantedTime)
{
    journal.write("a", Messages{"one", "two", "three"});
    start({{}, kFirstEntry + 1s});
    EXPECT_TRUE(hands_over({"two", "three"}));
}

TEST_F(AJournalTail, PassesAnyBytesThroughAsOneMessage)
{
    const Messages odd{std::string("nul\0\xff\xc3(\r\f\x1b[31m", 15), "two\nlines\n", "MESSAGE=x",
                       std::string(4000, 'z')};
    journal.write("a", odd);
    start();
    EXPECT_TRUE(hands_over(odd));
}

TEST_F(AJournalTail, SkipsAndCountsAMessageThatIsTooLong)
{
    const std::string longest(LineSplitter::kMaxLineLength, 'a');
    journal.write("a", Messages{longest, longest + "b", std::string(3'000'000, 'c'), "short"});
    start();
    EXPECT_TRUE(hands_over({longest, "short"}));
    EXPECT_EQ(status().oversized, 2U);
}

TEST_F(AJournalTail, TellsWhoWroteWhenAndWhere)
{
    journal.write("a", {entry("all", {{"_SYSTEMD_UNIT", "exim4.service"},
                                      {"SYSLOG_IDENTIFIER", "exim"},
                                      {"SYSLOG_PID", "41"},
                                      {"_PID", "42"},
                                      {"_COMM", "exim4"},
                                      {"_HOSTNAME", "mail"},
                                      {"_SOURCE_REALTIME_TIMESTAMP", "1799999999000000"}}),
                        entry("less", {{"_SYSTEMD_UNIT", "exim4.service"},
                                       {"SYSLOG_PID", "41x"},
                                       {"_PID", "42"},
                                       {"_COMM", "exim4"},
                                       {"_SOURCE_REALTIME_TIMESTAMP", "99999999999999999999"}}),
                        entry("nothing", {{"_SYSTEMD_UNIT", "exim4.service"}})});
    start();
    ASSERT_TRUE(hands_over({"all", "less", "nothing"}));
    const auto& all = life->entries[0];
    EXPECT_EQ(all.host + " " + all.program, "mail exim");
    EXPECT_EQ(all.pid, 41U);
    EXPECT_EQ(all.time, kFirstEntry - 1s);
    const auto& less = life->entries[1];
    EXPECT_EQ(less.host + " " + less.program, " exim4");
    EXPECT_EQ(less.pid, 42U);
    EXPECT_EQ(less.time, kFirstEntry + 1s);
    EXPECT_EQ(life->entries[2].program, "");
    EXPECT_EQ(life->entries[2].pid, std::nullopt);
}

TEST_F(AJournalTail, PassesOverAnEntryWithoutAMessage)
{
    journal.write("a", Messages{"one"});
    std::ofstream(journal.root() / "bare") << "__REALTIME_TIMESTAMP=1800000100000000\n"
                                              "__MONOTONIC_TIMESTAMP=100000000\n"
                                              "_BOOT_ID=0123456789abcdef0123456789abcdef\n"
                                              "_SYSTEMD_UNIT=exim4.service\n\n";
    std::vector<std::string> words{"/lib/systemd/systemd-journal-remote", "-o",
                                   journal.path() + "/bare.journal",
                                   (journal.root() / "bare").string()};
    ASSERT_TRUE(await_result(run_program(std::move(words), ProcessLimits{})).ok());
    start();
    EXPECT_TRUE(hands_over({"one"}));
    EXPECT_TRUE(until([&] { return life->committed->time == kFirstEntry + 100s; }));
}

class WhatAJournalTailTakes : public AJournalTail {
protected:
    void SetUp() override
    {
        const auto of = [](const std::string& unit, const std::string& identifier) {
            return entry(unit + " " + identifier,
                         {{"_SYSTEMD_UNIT", unit}, {"SYSLOG_IDENTIFIER", identifier}});
        };
        journal.write("a",
                      {of("dovecot.service", "dovecot"), of("postfix.service", "postfix"),
                       of("postfix@-.service", "postfix/smtpd"),
                       of("postfix@b.service", "postfix-b/smtpd"), of("x.socket", "dovecot"),
                       entry("no unit", {{"SYSLOG_IDENTIFIER", "dovecot"}}), entry("nothing", {})});
    }
};

TEST_F(WhatAJournalTailTakes, IsOneUnit)
{
    match = JournalMatch::unit("dovecot");
    start();
    EXPECT_TRUE(hands_over({"dovecot.service dovecot"}));
}

TEST_F(WhatAJournalTailTakes, IsOneInstanceOrEveryInstanceOfATemplate)
{
    match = JournalMatch::unit("postfix@-.service");
    start();
    EXPECT_TRUE(hands_over({"postfix@-.service postfix/smtpd"}));
    match = JournalMatch::unit("postfix@.service");
    start();
    EXPECT_TRUE(
        hands_over({"postfix@-.service postfix/smtpd", "postfix@b.service postfix-b/smtpd"}));
}

TEST_F(WhatAJournalTailTakes, IsAPatternOfUnits)
{
    match = JournalMatch::unit("postfix*");
    start();
    EXPECT_TRUE(hands_over({"postfix.service postfix", "postfix@-.service postfix/smtpd",
                            "postfix@b.service postfix-b/smtpd"}));
}

TEST_F(WhatAJournalTailTakes, IsAnIdentifierWhateverTheUnit)
{
    match = JournalMatch::identifier("dovecot");
    start();
    EXPECT_TRUE(hands_over({"dovecot.service dovecot", "x.socket dovecot", "no unit"}));
}

TEST_F(WhatAJournalTailTakes, IsNotWhatAnotherTailTakes)
{
    match = JournalMatch::identifier("dovecot");
    others = {JournalMatch::unit("dovecot"), JournalMatch::unit("postfix*")};
    start();
    EXPECT_TRUE(hands_over({"x.socket dovecot", "no unit"}));
}

TEST(AJournalMatch, HasANameOfItsOwnThatLasts)
{
    EXPECT_EQ(journal_name("", JournalMatch::unit("dovecot")), "journal unit dovecot.service");
    EXPECT_EQ(journal_name("/srv/j", JournalMatch::identifier("postfix/smtpd")),
              "journal /srv/j identifier postfix/smtpd");
    EXPECT_EQ(JournalMatch::unit("postfix@.service").pattern(), "postfix@*.service");
    EXPECT_EQ(JournalMatch::unit("postfix@-.service").pattern(), "postfix@-.service");
    EXPECT_EQ(JournalMatch::unit("imap.socket").pattern(), "imap.socket");
}

TEST_F(AJournalTail, AwaitsAJournalThatIsNotThereYet)
{
    look_again = 20ms;
    start();
    ASSERT_TRUE(until([&] { return !status().problem.empty(); }));
    EXPECT_THAT(status().problem, HasSubstr("there is no journal in " + journal.path() + " yet"));
    EXPECT_FALSE(status().present);
    journal.write("a", Messages{"one"});
    EXPECT_TRUE(hands_over({"one"}));
    EXPECT_EQ(status().problem, "");
}

TEST_F(AJournalTail, LosesNothingWhenTheWholeDirectoryGoesAndComesBack)
{
    look_again = 20ms;
    journal.write("a", Messages{"one"});
    start();
    EXPECT_TRUE(hands_over({"one"}));
    fs::rename(journal.path(), journal.path() + "-away");
    ASSERT_TRUE(until([&] { return !status().present; }));
    fs::rename(journal.path() + "-away", journal.path());
    journal.write("b", Messages{"two"});
    EXPECT_TRUE(hands_over({"one", "two"}));
}

TEST_F(AJournalTail, PassesOverADamagedFile)
{
    journal.write("a", Messages{"one"});
    std::ofstream(journal.path() + "/b.journal") << std::string(100'000, 'x');
    journal.write("c", Messages{"two"});
    start();
    EXPECT_TRUE(hands_over({"one", "two"}));
}

TEST_F(AJournalTail, EndsWhenToldAndHandsOverNothingMore)
{
    journal.write("a", Messages{"one"});
    start();
    EXPECT_TRUE(hands_over({"one"}));
    life->tail->stop();
    journal.write("b", Messages{"two"});
    EXPECT_TRUE(until([&] { return life->has_ended; }));
    EXPECT_TRUE(life->uncommitted.empty());
    EXPECT_EQ(received(), Messages{"one"});
}

// Reads the journal as nobody does, who is in no group; never returns.
[[noreturn]] void open_as_nobody(const std::string& path)
{
    constexpr ::uid_t kNobody = 65534;
    if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) std::_Exit(3);
    const auto opened = Journal::open(path);
    if (!opened) std::fputs(opened.error().message.c_str(), stderr);
    std::_Exit(opened ? 1 : 0);
}

TEST_F(AJournalTail, SaysWhatToDoWhereItMayNotRead)
{
    journal.write("a", Messages{"one"});
    fs::permissions(journal.root(), fs::perms(0755));
    fs::permissions(journal.path() + "/a.journal", fs::perms(0));
    EXPECT_EXIT(open_as_nobody(journal.path()), ::testing::ExitedWithCode(0),
                "Permission denied; put (the user [^ ]+|this user) into the group systemd-journal");
}

TEST(ACursor, NamesOneEntryWhicheverFileItStandsIn)
{
    EXPECT_TRUE(name_one_entry("s=1;i=2;b=3;m=4;t=5;x=6", "s=7;i=8;b=3;m=4;t=5;x=6"));
    EXPECT_FALSE(name_one_entry("s=1;i=2;b=3;m=4;t=5;x=6", "s=1;i=2;b=3;m=4;t=6;x=6"));
    EXPECT_FALSE(name_one_entry("", "s=1;i=2;b=3;m=4;t=6;x=6"));
}

// Killed at any commit, over rotations and vacuums: what all lives committed is each entry, once.
TEST_F(AJournalTail, LosesNothingAndRepeatsNothingWheneverItIsKilled)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Messages expected;
    Messages all;
    JournalStart from;
    for (int round = 0; round < 12; ++round) {
        Messages fresh;
        for (auto count = random() % 400; count > 0; --count) {
            fresh.push_back(std::to_string(expected.size()));
            expected.push_back(fresh.back());
        }
        if (!fresh.empty())
            journal.write(random() % 2 == 0 ? "system" : std::to_string(round), fresh);
        start(from);
        const std::size_t commits = random() % 3;
        until([&] { return life->commits >= commits || status().caught_up; });
        for (auto& text : received())
            all.push_back(std::move(text));
        from.position = life->committed;
    }
    start(from);
    ASSERT_TRUE(until([&] { return status().caught_up; }));
    for (auto& text : received())
        all.push_back(std::move(text));
    EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace mailban::io::journal_tail_test
