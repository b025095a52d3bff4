// A client that writes pieces of the line into the line: the true address, or none.
//
// MAILBAN_FUZZ_VARIANTS says how many lines, MAILBAN_PROPERTY_SEED which.
#include "corpus/self_imitation.h"

#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <iostream>

#include "corpus/labelled_log.h"
#include "corpus/told_lines.h"
#include "seed.h"

namespace mailban::self_imitation_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

struct KnownLine {
    std::string text{};
    std::optional<IpAddress> client{};
    bool is_deceptive = false;
};

// Lines that are read one after the other, as one log.
struct KnownLog {
    std::string name{};
    MailServers servers{};
    std::vector<KnownLine> lines{};
};

bool imitates_already(const std::string& line)
{
    constexpr std::array<std::string_view, 5> kClaims{"8.8.8.8", "1.1.1.1", "9.9.9.9",
                                                      "203.0.113.99", "2001:db8:dead::1"};
    return std::any_of(kClaims.begin(), kClaims.end(), [&](std::string_view claim) {
        return line.find(claim) != std::string::npos;
    });
}

void add_labelled(std::vector<KnownLog>& logs, const std::string& folder)
{
    for (const auto& labelled :
         test::read_labelled_logs(MAILBAN_SOURCE_DIR "/tests/corpus/" + folder)) {
        auto& log = logs.emplace_back(KnownLog{folder + "/" + labelled.name, MailServers::any()});
        for (std::size_t number = 1; number <= labelled.lines.size(); ++number) {
            const auto& line = labelled.lines[number - 1];
            const auto& label = labelled.label_of(number);
            log.lines.push_back({line, label.ip, label.deceptive || imitates_already(line)});
        }
    }
}

void add_told(std::vector<KnownLog>& logs, MailServer server)
{
    const auto name = std::string(to_string(server)) + ".txt";
    for (const auto& told : test::read_told_lines(MAILBAN_SOURCE_DIR "/tests/corpus/" + name)) {
        if (told.begins_a_log) logs.push_back({name, MailServers(server)});
        KnownLine line{told.text, std::nullopt, imitates_already(told.text)};
        if (told.expected) line.client = told.expected->ip;
        logs.back().lines.push_back(line);
    }
}

std::vector<KnownLog> all_logs()
{
    std::vector<KnownLog> logs;
    for (const auto* folder :
         {"exim", "postfix", "dovecot", "sendmail", "cyrus", "opensmtpd", "courier", "haraka"})
        add_labelled(logs, folder);
    for (std::size_t server = 0; server < kMailServers; ++server) {
        if (static_cast<MailServer>(server) != MailServer::pattern)
            add_told(logs, static_cast<MailServer>(server));
    }
    return logs;
}

// Exim's logs whose servers took any HELO name.
bool takes_any_helo(const std::string& log)
{
    constexpr std::array<std::string_view, 5> kLogs{"cpanel", "all.", "syslog", "junkhelo",
                                                    "exim.txt"};
    return std::any_of(kLogs.begin(), kLogs.end(),
                       [&](std::string_view name) { return log.find(name) != std::string::npos; });
}

class Imitators {
public:
    Imitators(std::uint64_t wanted, std::uint32_t seed) : wanted_(wanted), imitation_(seed) {}

    // Of some lines, so that a long log gets no more of it than a short one.
    void attack(const KnownLog& log)
    {
        constexpr std::size_t kLinesOfALog = 40;
        constexpr int kVariantsOfAField = 3;
        const auto stride = std::max<std::size_t>(1, log.lines.size() / kLinesOfALog);
        // Else the logs of SOGo and Horde are not believed at all.
        LogParser parser(log.servers, {}, {},
                         {.trusted_front_end = true, .escaped_line_feeds = true});
        for (const auto& line : log.lines) {
            const auto reading = parser.read_line(line.text, kNow);
            if (!reading.server || variants >= wanted_ || imitation_.below(stride) != 0) continue;
            test::LineKnowledge known{*reading.server, line.client, std::nullopt, line.is_deceptive,
                                      takes_any_helo(log.name)};
            if (reading.event) known.account = reading.event->account;
            if (reading.event) known.client = reading.event->ip;
            for (const auto& field : test::client_fields_of(line.text, known)) {
                for (int count = 0; count < kVariantsOfAField; ++count)
                    judge(parser, log.name, imitation_.vary(line.text, field, known.client), known);
            }
            if (::testing::Test::HasFailure()) return;
        }
    }

    std::uint64_t variants = 0;
    std::uint64_t events = 0;
    std::array<std::uint64_t, kMailServers> by_server{};

private:
    void judge(LogParser& parser, const std::string& log, const std::string& variant,
               const test::LineKnowledge& known)
    {
        ++variants;
        ++by_server[static_cast<std::size_t>(known.server)];
        const auto event = parser.parse(variant, kNow);
        if (!event) return;
        ++events;
        const bool is_others = known.client && event->ip != *known.client;
        const bool is_wrong = test::is_claimed(event->ip) || is_others;
        EXPECT_FALSE(is_wrong) << log << ": " << event->ip.to_string() << " out of " << variant;
    }

    std::uint64_t wanted_;
    test::SelfImitation imitation_;
};

TEST(TheCorpus, KnowsNoneOfTheClaimedAddresses)
{
    for (const auto& log : all_logs()) {
        for (const auto& line : log.lines)
            ASSERT_FALSE(line.client && test::is_claimed(*line.client)) << line.text;
    }
}

TEST(EveryServersParser, TakesTheTrueAddressOrNoneFromALineThatImitatesItself)
{
    const auto wanted = test::property_amount(30'000, "MAILBAN_FUZZ_VARIANTS");
    const auto seed = test::property_seed(20'261'128);
    Imitators imitators(wanted, seed);
    const auto logs = all_logs();
    while (imitators.variants < wanted && !HasFailure()) {
        const auto before = imitators.variants;
        for (const auto& log : logs)
            imitators.attack(log);
        ASSERT_GT(imitators.variants, before);
    }
    std::cout << imitators.variants << " variants, " << imitators.events << " events\n";
    for (std::size_t server = 0; server < kMailServers; ++server)
        std::cout << to_string(static_cast<MailServer>(server)) << ' '
                  << imitators.by_server[server] << "  ";
    std::cout << '\n';
    EXPECT_GT(imitators.events * 4, imitators.variants);
}

}  // namespace
}  // namespace mailban::self_imitation_test
