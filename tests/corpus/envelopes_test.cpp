// envelopes.jsonl: lines as they stand in logs, each log with what has to come of it.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

namespace mailban::envelopes_test {
namespace {

using nlohmann::json;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::string told(const std::optional<Event>& event, const json& like)
{
    if (!event) return "nothing";
    auto text = std::string(to_string(event->kind)) + " " + event->ip.to_string() + " x" +
                std::to_string(event->attempts) + " " + event->account.value_or("-");
    if (like.contains("time")) text += " " + format_timestamp(event->time);
    return text;
}

std::string wanted(const json& expected)
{
    if (expected["kind"].is_null()) return "nothing";
    auto text = expected["kind"].get<std::string>() + " " + expected["ip"].get<std::string>() +
                " x" + std::to_string(expected["attempts"].get<int>()) + " " +
                (expected["account"].is_null() ? "-" : expected["account"].get<std::string>());
    if (expected.contains("time")) text += " " + expected["time"].get<std::string>();
    return text;
}

TEST(LinesInEnvelopes, MeanWhatTheirServerSays)
{
    std::ifstream file(MAILBAN_SOURCE_DIR "/tests/corpus/envelopes.jsonl");
    int cases = 0;
    for (std::string text; std::getline(file, text); ++cases) {
        const auto one = json::parse(text);
        const bool is_live = one.value("live", false);
        LogParser parser;
        std::size_t number = 0;
        for (const auto& line : one["lines"]) {
            const auto raw = line.get<std::string>();
            const auto event = is_live ? parser.parse_live(raw, kNow) : parser.parse(raw, kNow);
            ++number;
            for (const auto& expected : one["expect"]) {
                if (expected["line"].get<std::size_t>() != number) continue;
                EXPECT_EQ(told(event, expected), wanted(expected)) << one["name"] << ": " << raw;
            }
        }
    }
    EXPECT_GT(cases, 60);
}

TEST(LinesInEnvelopes, WithoutAnyTimeCountOnlyWhileTheLogIsFollowed)
{
    const std::string line =
        "postfix/smtpd[152]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: x";
    LogParser parser;
    EXPECT_FALSE(parser.parse(line, kNow));
    const auto event = parser.parse_live(line, kNow);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->time, kNow);
    const auto reading = parser.read_line(line, kNow);
    EXPECT_EQ(no_event_reason(reading, parser.time_of(reading, kNow)), NoEventReason::no_timestamp);
}

}  // namespace
}  // namespace mailban::envelopes_test
