#include "mailban/survey/line_survey.h"

#include "mailban/parse/log_parser.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include <nlohmann/json.hpp>

namespace mailban::line_survey_test {
namespace {

using ::testing::HasSubstr;

constexpr Timestamp kNow{std::chrono::seconds(1'795'000'000)};

class ALineSurvey : public ::testing::Test {
protected:
    void add(const std::string& line)
    {
        const auto reading = parser.read_line(line, kNow);
        survey.add(line, reading, parser.time_of(reading, kNow));
    }
    void add_entry(const std::string& program, const std::string& text)
    {
        const LogMessage entry{.time = kNow, .program = program, .text = text};
        const auto reading = parser.read_entry(entry);
        survey.add(text, reading, parser.time_of(reading, kNow));
    }

    LogParser parser{};
    LineSurvey survey{7, 64};
};

TEST_F(ALineSurvey, CountsWhatBecameOfEachLine)
{
    add("2026-11-23 22:26:28 login authenticator failed for (x) [192.0.2.7]: 535 Incorrect "
        "authentication data (set_id=bob)");
    add("2026-11-23 22:26:28 1xVcUm-000123-0v Completed");
    add("2026-11-23 22:26:29 1xVcUm-000124-0v Completed");
    add("Nov 23 22:30:58 mail cron[152]: hello");
    add("no stamp");
    add("2026-99-23 22:26:28 login authenticator failed for (x) [192.0.2.7]: 535 Incorrect "
        "authentication data");
    const auto found = survey.findings(10);
    EXPECT_EQ(found.lines, 6U);
    EXPECT_EQ(found.events[static_cast<std::size_t>(EventKind::auth_failure)], 1U);
    EXPECT_EQ(found.events_in_all(), 1U);
    EXPECT_EQ(found.silent_of(MailServer::exim), 3U);
    EXPECT_EQ(found.silent_in_all(), 3U);
    EXPECT_EQ(found.unknown_server, 1U);
    EXPECT_EQ(found.no_header, 1U);
    ASSERT_EQ(found.shapes.size(), 2U);
    EXPECT_EQ(found.shapes[0].silence, NoEventReason::unreadable_timestamp);
    EXPECT_EQ(found.shapes[1].shape.text, "{id} Completed");
    EXPECT_EQ(found.shapes[1].lines, 2U);
    EXPECT_EQ(found.shapes[1].example, "2026-11-23 22:26:28 1xVcUm-000123-0v Completed");
    ASSERT_EQ(found.programs.size(), 1U);
    EXPECT_EQ(found.programs[0].program, "cron");
    ASSERT_EQ(found.headerless.size(), 1U);
    EXPECT_EQ(found.headerless[0].shape.text, "no stamp");
}

TEST_F(ALineSurvey, ShowsFirstWhatMayTellOfAFailedLogin)
{
    for (int time = 0; time < 9; ++time)
        add("Nov 23 22:30:58 mail dovecot: master: Dovecot starting up");
    add("Nov 23 22:30:58 mail dovecot: weird: login of bob from 192.0.2.7 was refused");
    const auto found = survey.findings(10);
    ASSERT_EQ(found.shapes.size(), 2U);
    EXPECT_EQ(found.shapes[0].shape.text, "dovecot: weird: login of bob from {ip} was refused");
    EXPECT_EQ(found.shapes[0].shape.likelihood, Likelihood::likely);
    EXPECT_EQ(found.shapes[1].lines, 9U);
    EXPECT_EQ(survey.findings(1).shapes.size(), 1U);
    EXPECT_EQ(survey.findings(1).distinct_shapes, 2U);
}

TEST_F(ALineSurvey, ReadsEntriesOfTheJournalByTheirFields)
{
    add_entry("postfix/smtpd", "connect from unknown[192.0.2.7]");
    add_entry("dovecot",
              "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<b>, "
              "method=PLAIN, rip=192.0.2.7, lip=192.0.2.1");
    add_entry("cron", "hello");
    const auto found = survey.findings(10);
    EXPECT_EQ(found.events_in_all(), 1U);
    EXPECT_EQ(found.unknown_server, 1U);
    ASSERT_EQ(found.shapes.size(), 1U);
    EXPECT_EQ(found.shapes[0].shape.text, "postfix/smtpd: connect from unknown[{ip}]");
    EXPECT_EQ(found.shapes[0].server, MailServer::postfix);
}

TEST_F(ALineSurvey, IsPrintableAsJsonWhateverTheLinesHold)
{
    add("Nov 23 22:30:58 mail dovecot: \xff\x1b[2J\xc2\x9b x");
    add("Nov 23 22:30:58 mail pr\xff\x1b: x");
    add("\x1b\xff");
    const auto text = to_json(survey.findings(10));
    EXPECT_TRUE(std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }));
    const auto told = nlohmann::json::parse(text);
    EXPECT_EQ(told["type"], "log");
    EXPECT_EQ(told["lines_without_event"]["dovecot"]["not_an_event"], 1);
    EXPECT_EQ(told["shapes"][0]["lines"], 1);
    EXPECT_EQ(told["lines_without_header"], 1);
}

// A letter a bit: no two of these texts have one shape.
std::string word_of(std::uint64_t number)
{
    std::string word;
    for (; number > 0; number /= 2)
        word += number % 2 == 0 ? 'a' : 'b';
    return word;
}

// Misra and Gries: a key is missed at most twice for each row that there is room for.
TEST(AMillionOfDifferentKeys, AreCountedWithinBoundsAndThoseThatComeOftenAreThere)
{
    constexpr std::size_t kRoom = 1024;
    constexpr std::uint64_t kKeys = 1'000'000;
    Frequent<std::string, SeededHash> frequent(kRoom, SeededHash{7});
    std::uint64_t often = 0;
    for (std::uint64_t number = 1; number <= kKeys; ++number) {
        const bool is_often = number % 200 == 0;
        often += is_often ? 1U : 0U;
        const auto key = is_often ? "often" : std::to_string(number);
        frequent.add(key, std::string_view(key), 5);
        ASSERT_LE(frequent.size(), kRoom);
    }
    const auto [key, row] = frequent.rows().front();
    EXPECT_EQ(key, "often");
    EXPECT_LE(row.lines, often);
    EXPECT_GE(row.lines + row.missed, often);
    EXPECT_GT(frequent.missed(), 0U);
    EXPECT_LE(frequent.missed(), 2 * kKeys / kRoom);
}

TEST(ManyDifferentLines, AreCountedWithinBoundsAndThoseThatComeOftenAreThere)
{
    constexpr std::size_t kRoom = 256;
    constexpr std::uint64_t kLines = 30'000;
    LogParser parser;
    LineSurvey survey(7, kRoom);
    for (std::uint64_t number = 1; number <= kLines; ++number) {
        const auto line = "Nov 23 22:30:58 mail dovecot: master: " +
                          (number % 50 == 0 ? std::string("often") : word_of(number));
        const auto reading = parser.read_line(line, kNow);
        survey.add(line, reading, parser.time_of(reading, kNow));
    }
    const auto found = survey.findings(kRoom);
    EXPECT_LE(found.distinct_shapes, kRoom);
    EXPECT_EQ(found.silent_of(MailServer::dovecot), kLines);
    EXPECT_EQ(found.shapes[0].shape.text, "dovecot: master: often");
    EXPECT_LE(found.shapes[0].lines, kLines / 50);
    EXPECT_GE(found.shapes[0].lines + found.missed, kLines / 50);
}

TEST(ManyDifferentPrograms, AreCountedWithinBounds)
{
    LogParser parser;
    LineSurvey survey(7, 16);
    for (std::uint64_t number = 1; number <= 5000; ++number) {
        const auto line = "Nov 23 22:30:58 mail x" + word_of(number) + "[1]: hello";
        const auto reading = parser.read_line(line, kNow);
        survey.add(line, reading, parser.time_of(reading, kNow));
    }
    const auto found = survey.findings(5);
    EXPECT_EQ(found.unknown_server, 5000U);
    EXPECT_LE(found.distinct_programs, 16U);
    EXPECT_EQ(found.programs.size(), 5U);
}

}  // namespace
}  // namespace mailban::line_survey_test
