// Whatever clients write: the true address, or none.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <iostream>

#include "corpus/labelled_log.h"
#include "seed.h"
#include "unit/parse/dovecot_writer.h"

namespace mailban::dovecot_property_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::size_t wanted_lines()
{
    return test::property_amount(200'000);
}

struct Tally {
    std::size_t lines = 0, failures = 0, found = 0, plain = 0;
};

void check(const test::WrittenDovecotLine& line, const std::optional<Event>& event, Tally& tally)
{
    ++tally.lines;
    if (line.kind == EventKind::auth_failure && line.client) ++tally.failures;
    if (line.is_plain && line.kind) {
        ++tally.plain;
        ASSERT_TRUE(event) << "plain, but not found: " << line.text;
        if (line.account) {
            ASSERT_EQ(event->account, line.account) << line.text;
        }
    }
    if (!event) return;
    ASSERT_TRUE(line.client) << "no client's: " << line.text;
    ASSERT_EQ(event->ip.to_string(), line.client->to_string()) << line.text;
    ASSERT_TRUE(line.kind) << to_string(event->kind) << ": " << line.text;
    ASSERT_EQ(to_string(event->kind), to_string(*line.kind)) << line.text;
    ASSERT_EQ(event->attempts, line.attempts) << line.text;
    if (event->account && line.account) {
        ASSERT_EQ(*event->account, *line.account) << line.text;
    }
    if (event->kind == EventKind::auth_failure) ++tally.found;
}

TEST(TheDovecotParser, TakesTheTrueAddressOrNoneFromAHostileLog)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    Tally tally;
    while (tally.lines < wanted_lines() && !::testing::Test::HasFatalFailure()) {
        test::DovecotWriter writer(static_cast<std::uint32_t>(random()));
        LogParser any;
        LogParser named(MailServers{MailServer::dovecot});
        for (int count = 0; count < 100 && !::testing::Test::HasFatalFailure(); ++count) {
            const auto line = writer.write();
            const auto event = any.parse(line.text, kNow);
            check(line, event, tally);
            EXPECT_EQ(named.parse(line.text, kNow), event) << line.text;
        }
    }
    std::cout << tally.lines << " lines, " << tally.found << " of " << tally.failures
              << " failures found\n";
    // Otherwise 'none' would be too good an answer.
    EXPECT_GT(tally.found * 10, tally.failures * 8);
    EXPECT_GT(tally.plain * 20, tally.lines);
}

// Where the client's name stands in the line, if it stands there once.
std::optional<std::size_t> place_of(const std::string& line, const std::string& name)
{
    for (const auto* before : {"user=<", "(username: ", "("}) {
        const auto at = line.find(before + name);
        if (at != line.npos && line.find(name) == line.rfind(name))
            return at + std::string(before).size();
    }
    return std::nullopt;
}

TEST(TheDovecotParser, IsNotMovedByAnotherNameInARealLine)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    test::DovecotWriter writer(seed);
    LogParser parser;
    std::size_t rewritten = 0;
    std::size_t found = 0;
    for (const auto& log : test::read_labelled_logs(MAILBAN_SOURCE_DIR "/tests/corpus/dovecot")) {
        for (const auto& [number, label] : log.labels) {
            auto line = log.lines[number - 1];
            if (!label.account || label.account->empty()) continue;
            const auto at = place_of(line, *label.account);
            if (!at) continue;
            const std::size_t longest = line.find("-login: ") != line.npos ? 80 : 64;
            line.replace(*at, label.account->size(),
                         test::sanitized_by_dovecot(writer.hostile_text(), longest));
            ++rewritten;
            const auto event = parser.parse(line, kNow);
            if (!event) continue;
            ++found;
            ASSERT_EQ(event->ip.to_string(), label.ip.value().to_string()) << line;
        }
    }
    std::cout << rewritten << " lines, an event from " << found << "\n";
    EXPECT_GT(rewritten, 1000U);
    EXPECT_GT(found * 10, rewritten * 8);
}

}  // namespace
}  // namespace mailban::dovecot_property_test
