// Whatever clients and remote servers write: the true address, or none.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <iostream>

#include "seed.h"
#include "unit/parse/exim_writer.h"

namespace mailban::exim_property_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::size_t wanted_lines()
{
    return test::property_amount(200'000);
}

struct Tally {
    std::size_t lines = 0, failures = 0, found = 0, plain = 0;
};

// The refusals that other lines may stand for.
bool is_allowed_beside(EventKind kind)
{
    return kind == EventKind::abuse || kind == EventKind::rejected;
}

void check(const test::WrittenLine& line, const std::optional<Event>& event, Tally& tally)
{
    ++tally.lines;
    const bool is_failure = line.kind == EventKind::auth_failure;
    if (is_failure && !line.is_later_piece) ++tally.failures;
    if (line.is_plain) {
        ++tally.plain;
        ASSERT_TRUE(event) << "plain, but not found: " << line.text;
    }
    if (!event) return;
    ASSERT_TRUE(line.client) << "not about a client: " << line.text;
    ASSERT_EQ(event->ip.to_string(), line.client->to_string()) << line.text;
    if (line.kind) {
        ASSERT_EQ(to_string(event->kind), to_string(*line.kind)) << line.text;
    } else {
        ASSERT_TRUE(is_allowed_beside(event->kind)) << to_string(event->kind) << ": " << line.text;
    }
    if (event->account && line.account) {
        ASSERT_EQ(*event->account, *line.account) << line.text;
    }
    if (is_failure) ++tally.found;
}

void check_a_log(std::uint32_t seed, Tally& tally)
{
    test::EximWriter writer(seed);
    LogParser parser;
    for (int session = 0; session < 500; ++session) {
        for (const auto& line : writer.write_session()) {
            check(line, parser.parse(line.text, kNow), tally);
            if (::testing::Test::HasFatalFailure()) return;
        }
    }
}

TEST(TheEximParser, TakesTheTrueAddressOrNoneFromAHostileLog)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    Tally tally;
    while (tally.lines < wanted_lines() && !::testing::Test::HasFatalFailure())
        check_a_log(static_cast<std::uint32_t>(random()), tally);
    std::cout << tally.lines << " lines, " << tally.found << " of " << tally.failures
              << " failures found\n";
    // Otherwise 'none' would be too good an answer.
    EXPECT_GT(tally.found * 10, tally.failures * 8);
    EXPECT_GT(tally.plain * 20, tally.lines);
}

}  // namespace
}  // namespace mailban::exim_property_test
