// Lines of Exim that can be read in two ways, and what decides: who has connected.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include "seed.h"

namespace mailban::exim_witness_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29);
constexpr std::string_view kAnswer = ": 535 Incorrect authentication data (set_id=";

std::string client(const std::string& ip, unsigned port)
{
    return "[" + ip + "]:" + std::to_string(port);
}

struct AnEximLog : ::testing::Test {
    LogParser parser{MailServers::any(), {}, {}, {}, 4711};

    std::optional<Event> read(const std::string& message)
    {
        return parser.parse("2026-11-28 18:47:37 " + message, kNow);
    }
    void connect(const std::string& ip, unsigned port)
    {
        read("SMTP connection from " + client(ip, port) + " (TCP/IP connection count = 3)");
    }
    // As Exim writes the failure of `who`, with a HELO name and an account of his choice.
    std::string fail(const std::string& who, const std::string& helo, const std::string& account)
    {
        const auto event = read("dovecot_plain authenticator failed for (" + helo + ") " + who +
                                std::string(kAnswer) + account + ")");
        return event ? event->ip.to_string() : "nobody";
    }
    std::uint64_t ambiguous() const
    {
        return parser.concerns().lines(MailServer::exim, Concern::ambiguous);
    }
    static std::string forged(const std::string& who)
    {
        return "x) " + who + std::string(kAnswer) + "y";
    }
};

TEST_F(AnEximLog, TakesTheClientThatHasConnected)
{
    connect("192.0.2.72", 32001);
    EXPECT_EQ(fail(client("192.0.2.72", 32001), forged("[8.8.8.8]:1"), "bob"), "192.0.2.72");
    EXPECT_EQ(ambiguous(), 0U);
}

TEST_F(AnEximLog, IsNotMovedByASecondConnectionOfTheClients)
{
    connect("203.0.113.99", 40000);  // the victim
    connect("192.0.2.72", 32001);
    connect("192.0.2.72", 34049);  // 2,048 more
    EXPECT_EQ(fail(client("192.0.2.72", 32001), forged(client("203.0.113.99", 40000)), "bob"),
              "nobody");
    EXPECT_EQ(ambiguous(), 1U);
    EXPECT_EQ(fail(client("192.0.2.72", 32001), forged("[8.8.8.8]:1"), "bob"), "192.0.2.72");
}

TEST_F(AnEximLog, NamesNobodyWhereTheLastAddressHasNotConnected)
{
    connect("203.0.113.99", 40000);
    EXPECT_EQ(fail(client("192.0.2.72", 32001), forged(client("203.0.113.99", 40000)), "bob"),
              "nobody");
    EXPECT_EQ(ambiguous(), 1U);
}

TEST_F(AnEximLog, CountsWhatCanBeReadInTwoWaysWherePortsAreNotLogged)
{
    EXPECT_EQ(fail("[192.0.2.72]", forged("[8.8.8.8]"), "bob"), "nobody");
    EXPECT_EQ(fail("[192.0.2.72]", "x", "bob"), "192.0.2.72");
    EXPECT_EQ(ambiguous(), 1U);
    const auto reading = parser.read_line(
        "2026-11-28 18:47:37 plain authenticator failed for (" + forged("[8.8.8.8]") +
            ") [192.0.2.72]: 535 Incorrect authentication data (set_id=bob)",
        kNow);
    EXPECT_EQ(no_event_reason(reading, kNow), NoEventReason::ambiguous);
    // Nor is it worth the search where there are too many.
    std::string many;
    for (int copy = 0; copy < 100; ++copy)
        many += forged("[8.8.8.8]");
    EXPECT_EQ(fail("[192.0.2.72]", many, "bob"), "nobody");
    EXPECT_EQ(ambiguous(), 3U);
}

TEST_F(AnEximLog, CountsNoLineAsAmbiguousThatTellsOfNoDeed)
{
    read("H=(x) [8.8.8.8] X=y) [192.0.2.7] Warning: nothing");
    read("1xVcXL-00008W-2H <= x@x.example H=(y) [8.8.8.8] P=esmtp S=1) [192.0.2.7] P=esmtp S=3");
    EXPECT_EQ(ambiguous(), 0U);
}

TEST_F(AnEximLog, IsNotBlindedByAFloodOfOneNetwork)
{
    connect("192.0.2.72", 1);
    for (unsigned port = 1000; port < 65'536; ++port)
        connect("192.0.2.73", port);
    // The client's own entry has been pushed out, and a stranger's would not count.
    EXPECT_EQ(fail(client("192.0.2.72", 1), forged("[8.8.8.8]:1"), "bob"), "192.0.2.72");
    connect("203.0.113.99", 40000);
    EXPECT_EQ(fail(client("192.0.2.72", 1), forged(client("203.0.113.99", 40000)), "bob"),
              "nobody");
    EXPECT_EQ(fail(client("192.0.2.72", 1), "x", forged(client("203.0.113.99", 40000))), "nobody");
}

TEST_F(AnEximLog, ForgetsTheClientOfAProcessThatServesAnother)
{
    const auto read_of = [&](const std::string& message) {
        return parser.parse("2026-11-28 18:47:37 [77] " + message, kNow);
    };
    read_of("no host name found for IP address 203.0.113.99");
    const std::string named =
        "login authenticator failed for mx.x.example [192.0.2.7]" + std::string(kAnswer) + "bob)";
    EXPECT_EQ(read_of(named)->ip.to_string(), "192.0.2.7");
    // Now nobody is known of it.
    EXPECT_FALSE(read_of("login authenticator failed for (" + forged("[203.0.113.99]") +
                         ") [192.0.2.7]" + std::string(kAnswer) + "bob)"));
    // A line without the client that is remembered.
    read_of("no host name found for IP address 203.0.113.99");
    const std::string other =
        "login authenticator failed for (x) [192.0.2.8]" + std::string(kAnswer) + "bob)";
    ASSERT_TRUE(read_of(other));
    EXPECT_EQ(read_of(other)->ip.to_string(), "192.0.2.8");
}

// An attacker with many addresses opens any connections, knows every port of the victim's, and
// writes what he likes into HELO name and account.
TEST_F(AnEximLog, NeverNamesTheVictimOfOneWhoMayOpenAnyConnections)
{
    const auto seed = test::property_seed();
    std::mt19937 random(seed);
    const auto any = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    const auto own = [&] { return "198.51.100." + std::to_string(any(6)); };
    const std::string victim = "203.0.113.99";
    std::vector<unsigned> ports;
    std::size_t found = 0;
    std::vector<std::string> opened;
    for (int step = 0; step < 40'000; ++step) {
        if (any(200) == 0) connect(victim, ports.emplace_back(1024 + any(60'000)));
        const auto ip = own();
        const auto port = 1024 + any(60'000);
        connect(ip, port);
        opened.push_back(client(ip, port));
        if (ports.empty() || any(3) != 0) continue;
        const auto text = [&]() -> std::string {
            switch (any(5)) {
            case 0: return forged(client(victim, ports[any(static_cast<unsigned>(ports.size()))]));
            case 1: return forged(client(victim, any(65'536)));
            case 2: return forged(client(own(), any(65'536)));
            case 3: return forged(client("8.8.8.8", any(65'536)));
            default: return "x";
            }
        };
        // Any of his sessions, old or new.
        const auto& session = opened[opened.size() - 1 - any(static_cast<unsigned>(opened.size()))];
        const auto named = fail(session, text(), text());
        ASSERT_NE(named, victim);
        ASSERT_NE(named, "8.8.8.8");
        found += named == "nobody" ? 0 : 1;
    }
    EXPECT_GT(found, 1'000U);
}

}  // namespace
}  // namespace mailban::exim_witness_test
