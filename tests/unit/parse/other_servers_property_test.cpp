// Whatever clients write into the logs of the smaller servers: the true address, or none.
#include "mailban/envelope/line_end.h"
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <iostream>

#include "seed.h"
#include "unit/parse/other_servers_writer.h"

namespace mailban::other_servers_property_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

struct Tally {
    int lines = 0, found = 0, plain = 0;
};

void check(const test::OtherLine& line, const std::optional<Event>& event, Tally& tally)
{
    ++tally.lines;
    if (line.is_plain) ++tally.plain;
    if (!event) {
        ASSERT_FALSE(line.is_plain) << "plain, but not found: " << line.text;
        return;
    }
    ++tally.found;
    ASSERT_EQ(event->ip.to_string(), line.client.to_string()) << line.text;
    ASSERT_EQ(to_string(event->kind), to_string(line.kind)) << line.text;
    using Account = test::OtherLine::Account;
    if (event->account && line.telling == Account::told) {
        // Blanks at the end of a line are no part of it.
        ASSERT_EQ(without_line_end(*event->account), without_line_end(line.account)) << line.text;
    }
}

class EveryOtherServer : public ::testing::TestWithParam<MailServer> {};

TEST_P(EveryOtherServer, HasItsTrueClientOrNoneTakenFromAHostileLine)
{
    const auto lines = test::property_amount(20'000);
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    test::OtherServersWriter writer(seed);
    Tally tally;
    for (std::size_t count = 0; count < lines && !HasFatalFailure(); ++count) {
        const auto line = writer.write(GetParam());
        // Each line alone: what one client writes must not hide another one.
        check(line, LogParser().parse(line.text, kNow), tally);
    }
    std::cout << tally.found << " of " << tally.lines << " found, " << tally.plain << " plain\n";
    EXPECT_GT(tally.found * 10, tally.lines * 5);
    EXPECT_GT(tally.plain * 10, tally.lines);
}

INSTANTIATE_TEST_SUITE_P(Of, EveryOtherServer,
                         ::testing::Values(MailServer::courier, MailServer::haraka,
                                           MailServer::stalwart, MailServer::kerio),
                         [](const auto& server) { return std::string(to_string(server.param)); });

}  // namespace
}  // namespace mailban::other_servers_property_test
