#include "mailban/parse/reading.h"

#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <set>

namespace mailban::reading_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
constexpr std::string_view kFailure =
    "login authenticator failed for (x) [192.0.2.7]: 535 Incorrect authentication data";

std::optional<NoEventReason> no_event_reason(const std::string& line,
                                             LogParser parser = LogParser())
{
    const auto reading = parser.read_line(line, kNow);
    return no_event_reason(reading, parser.time_of(reading, kNow));
}

TEST(AReading, ShowsEveryStepToTheEvent)
{
    const auto line = "Nov 23 22:30:58 mail exim[152]: " + std::string(kFailure);
    LogParser parser;
    const auto reading = parser.read_line(line, kNow);
    ASSERT_TRUE(reading.header);
    EXPECT_EQ(reading.header->style, HeaderStyle::rfc3164);
    EXPECT_EQ(reading.header->host, "mail");
    EXPECT_EQ(reading.header->program, "exim");
    EXPECT_EQ(reading.header->pid, 152U);
    EXPECT_EQ(reading.header->message, kFailure);
    EXPECT_EQ(reading.server, MailServer::exim);
    ASSERT_TRUE(reading.event);
    EXPECT_EQ(parser.time_of(reading, kNow), reading.event->time);
    EXPECT_EQ(no_event_reason(line), std::nullopt);
}

TEST(AReading, SaysWhyThereIsNoEvent)
{
    const auto failure = std::string(kFailure);
    EXPECT_EQ(no_event_reason(""), NoEventReason::no_header);
    EXPECT_EQ(no_event_reason(failure), NoEventReason::no_header);
    EXPECT_EQ(no_event_reason("Nov 23 22:30:58 mail cron[152]: " + failure),
              NoEventReason::unknown_server);
    EXPECT_EQ(no_event_reason("2026-13-45 22:26:28 " + failure),
              NoEventReason::unreadable_timestamp);
    EXPECT_EQ(no_event_reason("2026-11-23 22:26:28 Start queue run: pid=4711"),
              NoEventReason::not_an_event);
    // A log that is said to be another server's alone.
    EXPECT_EQ(no_event_reason("2026-11-23 22:26:28 " + failure,
                              LogParser(MailServers(MailServer::postfix))),
              NoEventReason::not_an_event);
    MailServers others(MailServer::postfix);
    others.insert(MailServer::dovecot);
    EXPECT_EQ(no_event_reason("2026-11-23 22:26:28 " + failure, LogParser(others)),
              NoEventReason::unknown_server);
}

TEST(AReading, KnowsTheTimeOfLinesThatAreNobodys)
{
    LogParser parser;
    const auto reading = parser.read_line("2026-11-23T22:30:58Z mail cron[152]: hello", kNow);
    EXPECT_FALSE(reading.server);
    ASSERT_TRUE(parser.time_of(reading, kNow));
    EXPECT_EQ(format_timestamp(*parser.time_of(reading, kNow)), "2026-11-23T22:30:58Z");
    EXPECT_FALSE(parser.time_of(Reading{}, kNow));
}

TEST(AReading, CutsTheStampOut)
{
    const auto stamp = [](const std::string& line) {
        return std::string(stamp_of(*read_line_header(line)));
    };
    EXPECT_EQ(stamp("Nov 23 22:30:58 mail exim[152]: x"), "Nov 23 22:30:58");
    EXPECT_EQ(stamp("2026-11-23T22:30:58+02:00 mail exim: x"), "2026-11-23T22:30:58+02:00");
    EXPECT_EQ(stamp("<22>1 2026-11-23T22:31:54.003Z mail exim4 4711 - - x"),
              "2026-11-23T22:31:54.003Z");
    EXPECT_EQ(stamp("2026-11-23 22:29:06.551 +0100 [54] x"), "2026-11-23 22:29:06.551 +0100");
    EXPECT_EQ(stamp("2026-11-23 22:29:06 x"), "2026-11-23 22:29:06");
}

template <class Enum>
void expect_words(std::initializer_list<Enum> all)
{
    std::set<std::string_view> names;
    for (const auto one : all) {
        EXPECT_TRUE(names.insert(to_string(one)).second) << to_string(one);
        EXPECT_FALSE(to_string(one).empty());
        EXPECT_TRUE(explain(one).ends_with('.')) << to_string(one);
    }
}

TEST(EveryStep, HasANameAndASentence)
{
    for (std::size_t silence = 0; silence < kNoEventReasons; ++silence)
        expect_words({static_cast<NoEventReason>(silence)});
    expect_words({Reporter::front_end, Reporter::summary, Reporter::back_end, Reporter::copy,
                  Reporter::module});
    expect_words(
        {HeaderStyle::rfc3164, HeaderStyle::iso, HeaderStyle::rfc5424, HeaderStyle::plain});
    for (std::size_t kind = 0; kind < kEventKinds; ++kind)
        expect_words({static_cast<EventKind>(kind)});
}

TEST(AnExplanation, HasASentenceForEachReporter)
{
    std::set<std::string_view> sentences;
    for (int index = 0; index <= static_cast<int>(Reporter::report); ++index)
        sentences.insert(explain(static_cast<Reporter>(index)));
    EXPECT_EQ(sentences.size(), 6U);
    EXPECT_EQ(sentences.count(""), 0U);
}

}  // namespace
}  // namespace mailban::reading_test
