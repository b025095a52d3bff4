// Whatever clients write into the logs of web programs, whole lines included: an event names the
// client whose request wrote it, a plain attempt is found, and nobody's hides another's.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <iostream>

#include "seed.h"
#include "unit/parse/web_log_writer.h"

namespace mailban::web_log_property_test {
namespace {

struct Case {
    const char* name;
    MailServer server;
    test::WebAttempt (test::WebLogWriter::*write)();
    Assurances assured{};
    // In a hundred attempts, so many have to be found: all that are plain, and hostile ones, which
    // may make their own line ambiguous.
    std::size_t found_at_least = 60;
    bool is_proxied = false;
};

void PrintTo(const Case& one, std::ostream* out)
{
    *out << one.name;
}

class AWebProgramsLog : public ::testing::TestWithParam<Case> {
protected:
    static constexpr std::size_t kAttemptsOfALog = 50;

    void read(LogParser& parser, const test::WebAttempt& attempt)
    {
        std::size_t events = 0;
        for (const auto& line : attempt.lines) {
            const auto event = parser.parse(line, attempt.at);
            if (!event) continue;
            ++events;
            ASSERT_EQ(event->ip.to_string(), attempt.client.to_string()) << line;
            ASSERT_EQ(to_string(event->kind), to_string(attempt.kind)) << line;
            ASSERT_EQ(event->attempts, 1U) << line;
            if (event->account && attempt.tells_account) {
                ASSERT_EQ(*event->account, attempt.account) << line;
            }
        }
        ASSERT_LE(events, 1U) << attempt.lines.front();
        if (attempt.is_plain) {
            ASSERT_EQ(events, 1U) << "plain, but not found: " << attempt.lines.front();
        }
        found_ += events;
    }

    const std::size_t attempts_ = test::property_amount(20'000);
    std::size_t found_ = 0;
};

TEST_P(AWebProgramsLog, NamesTheClientOfEachAttempt)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    for (const bool is_named : {true, false}) {
        auto servers = MailServers::any();
        servers.insert(GetParam().server);
        if (is_named) servers = MailServers(GetParam().server);
        found_ = 0;
        test::WebLogWriter writer(seed);
        if (GetParam().is_proxied) writer.put_behind_proxy();
        for (std::size_t count = 0; count < attempts_ && !HasFatalFailure();) {
            LogParser parser(servers, {}, {}, GetParam().assured);
            for (std::size_t nth = 0; nth < kAttemptsOfALog && !HasFatalFailure(); ++nth, ++count)
                read(parser, (writer.*GetParam().write)());
        }
        std::cout << found_ << " of " << attempts_ << " found\n";
        EXPECT_GT(found_ * 100, attempts_ * GetParam().found_at_least);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Of, AWebProgramsLog,
    ::testing::Values(
        Case{"Roundcube", MailServer::roundcube, &test::WebLogWriter::roundcube, {}, 40},
        Case{"RoundcubesErrors",
             MailServer::roundcube,
             &test::WebLogWriter::roundcube_error,
             {.escaped_line_feeds = true},
             40},
        Case{"Sogo", MailServer::sogo, &test::WebLogWriter::sogo, {.trusted_front_end = true}, 95},
        Case{"Horde",
             MailServer::horde,
             &test::WebLogWriter::horde_in_syslog,
             {.escaped_line_feeds = true},
             40},
        Case{"Zimbra", MailServer::zimbra, &test::WebLogWriter::zimbra, {}, 95},
        Case{"RoundcubeBehindProxy",
             MailServer::roundcube,
             &test::WebLogWriter::roundcube,
             {},
             30,
             true},
        Case{"RoundcubesErrorsBehindProxy",
             MailServer::roundcube,
             &test::WebLogWriter::roundcube_error,
             {.escaped_line_feeds = true},
             30,
             true},
        Case{"SogoBehindProxies",
             MailServer::sogo,
             &test::WebLogWriter::sogo,
             {.trusted_front_end = true},
             90,
             true},
        Case{"HordeBehindProxy",
             MailServer::horde,
             &test::WebLogWriter::horde_in_syslog,
             {.escaped_line_feeds = true},
             30,
             true},
        Case{"ZimbraBehindProxies", MailServer::zimbra, &test::WebLogWriter::zimbra, {}, 90, true}),
    [](const auto& one) { return std::string(one.param.name); });

// Nothing in these tells a client's line from a true one.
TEST(AWebProgramsForgeableLog, IsNotBelieved)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    test::WebLogWriter writer(seed);
    // Not named, nothing assured of them helps.
    LogParser horde(MailServers::any(), {}, {}, {.escaped_line_feeds = true});
    LogParser sogo(MailServers::any(), {}, {}, {.trusted_front_end = true});
    LogParser named_horde{MailServers(MailServer::horde)};
    LogParser named_sogo{MailServers(MailServer::sogo)};
    for (int count = 0; count < 5'000; ++count) {
        const auto in_horde = writer.horde_in_file();
        for (const auto& line : in_horde.lines) {
            ASSERT_FALSE(horde.parse(line, in_horde.at)) << line;
            ASSERT_FALSE(named_horde.parse(line, in_horde.at)) << line;
        }
        const auto in_sogo = writer.sogo();
        for (const auto& line : in_sogo.lines) {
            ASSERT_FALSE(sogo.parse(line, in_sogo.at)) << line;
            ASSERT_FALSE(named_sogo.parse(line, in_sogo.at)) << line;
        }
    }
    EXPECT_GT(horde.concerns().lines(MailServer::horde, Concern::forgeable), 0U);
    EXPECT_GT(sogo.concerns().lines(MailServer::sogo, Concern::forgeable), 0U);
}

}  // namespace
}  // namespace mailban::web_log_property_test
