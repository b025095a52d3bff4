// Whatever clients and remote servers write: the true address, or none.
#include "mailban/envelope/line_end.h"
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <random>
#include <set>

#include "corpus/labelled_log.h"
#include "seed.h"
#include "unit/parse/postfix_writer.h"

namespace mailban::postfix_property_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::size_t wanted_lines()
{
    return test::property_amount(100'000);
}

// What the SASL library says is its process's client's, who said nothing in that line.
bool is_of_the_process(const std::optional<Event>& event, const std::set<IpAddress>& connected)
{
    return event && event->reporter == Reporter::copy && connected.contains(event->ip);
}

// Whether a session's end tells of AUTH depends on what its process has said before.
bool is_of_the_session(const test::WrittenPostfixLine& line, const std::optional<Event>& event)
{
    return line.ends_session && event && event->kind == EventKind::abuse &&
           event->ip == line.client;
}

void check(const test::WrittenPostfixLine& line, const std::optional<Event>& event,
           const std::set<IpAddress>& connected)
{
    if (!line.kind) {
        if (is_of_the_process(event, connected) || is_of_the_session(line, event)) return;
        ASSERT_FALSE(event) << event->ip.to_string() << " out of " << line.text;
        return;
    }
    ASSERT_TRUE(event) << "not found: " << line.text;
    ASSERT_EQ(event->ip.to_string(), line.client.to_string()) << line.text;
    ASSERT_EQ(event->client_port, line.port) << line.text;
    ASSERT_EQ(event->attempts, line.attempts) << line.text;
    ASSERT_EQ(to_string(event->kind), to_string(*line.kind)) << line.text;
    if (line.account) {
        // Blanks at the end of a line are no part of it.
        ASSERT_EQ(event->account, std::string(without_line_end(*line.account))) << line.text;
    }
}

TEST(ThePostfixParser, ReadsAHostileLogRightLineByLine)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    test::PostfixWriter writer(seed);
    LogParser automatic;
    LogParser named{MailServers(MailServer::postfix)};
    std::size_t events = 0;
    std::set<IpAddress> connected;  // none of them is an address that is only ever claimed
    for (std::size_t count = 0; count < wanted_lines(); ++count) {
        const auto line = writer.write();
        if (line.text.find("connect from ") != std::string::npos) connected.insert(line.client);
        const auto event = automatic.parse(line.text, kNow);
        if (event) ++events;
        check(line, event, connected);
        if (::testing::Test::HasFatalFailure()) return;
        ASSERT_EQ(named.parse(line.text, kNow), event) << line.text;
    }
    std::cout << wanted_lines() << " lines, " << events << " events\n";
    EXPECT_GT(events * 3, wanted_lines());
}

// Replaces what stands between `begin` and `end`, if the text has them.
void replace_field(std::string& text, std::string_view begin, std::string_view end,
                   const std::string& with)
{
    auto from = text.find(begin);
    if (from == std::string::npos) return;
    from += begin.size();
    const auto to = end.empty() ? text.size() : text.find(end, from);
    if (to != std::string::npos) text.replace(from, to - from, with);
}

std::string rewritten(std::string line, test::PostfixWriter& writer)
{
    struct Field {
        std::string_view begin, end;
    };
    constexpr std::array<Field, 6> kFields{{{": SASL ", " authentication"},
                                            {", sasl_username=", ""},
                                            {" 5.7.1 <", ">: "},
                                            {"; from=<", "> to=<"},
                                            {"> to=<", "> proto="},
                                            {" helo=<", ">"}}};
    for (const auto& field : kFields)
        replace_field(line, field.begin, field.end, writer.hostile_text());
    return line;
}

TEST(ThePostfixParser, KeepsTheAddressOfARealLineThatIsRewritten)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    test::PostfixWriter writer(seed);
    std::size_t rewritten_lines = 0;
    for (const auto& log : test::read_labelled_logs(MAILBAN_SOURCE_DIR "/tests/corpus/postfix")) {
        LogParser parser{MailServers(MailServer::postfix)};
        for (const auto& line : log.lines) {
            const auto told = parser.parse(line, kNow);
            if (!told) continue;
            for (int variant = 0; variant < 20; ++variant) {
                const auto hostile = rewritten(line, writer);
                const auto event = parser.parse(hostile, kNow);
                if (event) {
                    ASSERT_EQ(event->ip, told->ip) << hostile;
                }
                ++rewritten_lines;
            }
        }
    }
    EXPECT_GT(rewritten_lines, 20'000U);
}

}  // namespace
}  // namespace mailban::postfix_property_test
