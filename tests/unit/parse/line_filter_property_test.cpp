// The filter drops no line of which a parser would have made an event, or would have kept anything.
//
// Two parsers read the same lines: one with the filter, and one that reads each line as a whole.
// What an earlier line left behind shows in the events of later ones, so whole logs are read, with
// lines in them that are nearly what the filter knows.
#include "mailban/parse/line_filter.h"
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include "seed.h"
#include "unit/parse/dovecot_writer.h"
#include "unit/parse/exim_writer.h"
#include "unit/parse/hostile_text.h"
#include "unit/parse/postfix_writer.h"

namespace mailban::line_filter_property_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

using Lines = std::vector<std::string>;

std::vector<Lines> logs_of_the_corpus()
{
    std::vector<Lines> logs;
    const auto folder = std::filesystem::path(MAILBAN_SOURCE_DIR) / "tests/corpus";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const auto kind = entry.path().extension();
        if (kind != ".log" && kind != ".txt") continue;
        std::ifstream file(entry.path());
        Lines& lines = logs.emplace_back();
        for (std::string line; std::getline(file, line);)
            lines.push_back(line);
    }
    return logs;
}

// A parser with the filter beside one without.
class Both {
public:
    explicit Both(MailServers servers) : filter_(servers), fast_(servers), whole_(servers) {}

    void read(const std::string& line)
    {
        const auto event = fast_.parse(line, kNow);
        const auto reading = whole_.read_line(line, kNow);
        ASSERT_EQ(event, reading.event) << line;
        ASSERT_EQ(fast_.last_writer(), whole_.last_writer()) << line;
        ASSERT_EQ(fast_.stamp_of_last(kNow), whole_.stamp_of_last(kNow)) << line;
        if (!filter_.knows(line)) return;
        ++known_;
        if (!filter_.known().is_idle) return;
        ++idle_;
        ASSERT_FALSE(reading.event) << line;
        ASSERT_FALSE(reading.concern) << line;
    }

    void expect_same_concerns() const
    {
        std::string fast;
        std::string whole;
        for (const auto& entry : fast_.concerns().entries())
            fast += to_string(entry) + "\n";
        for (const auto& entry : whole_.concerns().entries())
            whole += to_string(entry) + "\n";
        EXPECT_EQ(fast, whole);
    }
    std::size_t known() const { return known_; }
    std::size_t idle() const { return idle_; }

private:
    LineFilter filter_;
    LogParser fast_;
    LogParser whole_;
    std::size_t known_ = 0;
    std::size_t idle_ = 0;
};

std::vector<MailServers> ways_to_read()
{
    MailServers two(MailServer::exim);
    two.insert(MailServer::dovecot);
    return {MailServers::any(), MailServers(MailServer::exim), MailServers(MailServer::postfix),
            MailServers(MailServer::dovecot), two};
}

// Makes of real lines what is nearly one.
class Mutations {
public:
    explicit Mutations(std::uint32_t seed) : random_(seed), hostile_(seed) {}

    std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

    // `line` with one or a few changes, some of them with a piece of `other`.
    std::string of(std::string line, const std::string& other)
    {
        for (auto changes = 1 + below(2); changes > 0; --changes) {
            const auto at = below(line.size() + 1);
            switch (below(8)) {
            case 0: line.insert(at, 1, kTelling[below(kTelling.size())]); break;
            case 1: line.erase(at, 1 + below(3)); break;
            case 2:
                if (at < line.size()) line[at] = kTelling[below(kTelling.size())];
                break;
            case 3: line.insert(at, other.substr(below(other.size() + 1), below(40))); break;
            case 4: line = line.substr(0, at) + other.substr(below(other.size() + 1)); break;
            case 5: line.insert(at, hostile_.any()); break;
            // One message behind another's header: 20 bytes have the stamps of most logs.
            case 6:
                line = line.substr(0, 20) + other.substr(std::min<std::size_t>(20, other.size()));
                break;
            default: line.insert(at, kPieces[below(kPieces.size())]); break;
            }
        }
        std::replace(line.begin(), line.end(), '\n', ' ');
        return line;
    }

private:
    static constexpr std::string_view kTelling = " :[]()<>=-+.,'\"/0159azAZ\t\r\x1b{@";
    const Lines kPieces{"dovecot: ",
                        "imap-login: Info: ",
                        "auth: Error: ",
                        " P=esmtpsa ",
                        " A=login:bob ",
                        ") [192.0.2.9]: 535 Incorrect authentication data (set_id=x)",
                        " rejected RCPT <a@b>: relay not permitted",
                        " (TCP/IP connection count = 3)",
                        "message repeated 3 times: [ ",
                        "last message repeated 2 times",
                        "Nov 23 22:30:58 ",
                        "2026-11-23 22:30:58 ",
                        "2026-11-23T22:30:58.1+01:00 ",
                        "mail postfix/smtpd[7]: ",
                        "mail exim[7]: ",
                        "mail dovecot: ",
                        "postfix[9]: ",
                        "stdout F ",
                        "INFO ",
                        "[1/2] ",
                        "[7] ",
                        "client=a[192.0.2.9], sasl_method=PLAIN, sasl_username=bob",
                        "warning: a[192.0.2.9]: SASL LOGIN authentication failed: x",
                        "connect from a[192.0.2.9]",
                        "SMTP connection from [192.0.2.9]:25 ",
                        "1xVcXL-00008W-2H ",
                        "<22>",
                        "#015"};

    std::mt19937 random_;
    test::HostileText hostile_;
};

TEST(TheLineFilter, DropsNothingOfTheCorpus)
{
    std::size_t known = 0;
    std::size_t idle = 0;
    for (const auto& servers : ways_to_read()) {
        for (const auto& log : logs_of_the_corpus()) {
            Both both(servers);
            for (const auto& line : log)
                ASSERT_NO_FATAL_FAILURE(both.read(line));
            both.expect_same_concerns();
            known += both.known();
            idle += both.idle();
        }
    }
    std::cout << "the filter knows " << known << " lines, of which " << idle << " are nothing\n";
    EXPECT_GT(idle, 10'000U);
    EXPECT_GT(known, 2 * idle);
}

TEST(TheLineFilter, DropsNothingOfLinesThatAreNearlyReal)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    Mutations mutations(seed);
    const auto logs = logs_of_the_corpus();
    const auto ways = ways_to_read();
    const auto wanted = test::property_amount(400'000);
    std::size_t lines = 0;
    std::size_t known = 0;
    std::size_t idle = 0;
    while (lines < wanted) {
        const auto& log = logs[mutations.below(logs.size())];
        if (log.empty()) continue;
        Both both(ways[mutations.below(ways.size())]);
        auto at = mutations.below(log.size());
        // A stretch of the log, so that sessions and cut lines go on, with changed lines in it.
        for (int count = 0; count < 200 && at < log.size(); ++count, ++at, ++lines) {
            const auto& others = logs[mutations.below(logs.size())];
            const auto& other = others.empty() ? log[at] : others[mutations.below(others.size())];
            const auto line = mutations.below(2) == 0 ? log[at] : mutations.of(log[at], other);
            ASSERT_NO_FATAL_FAILURE(both.read(line));
        }
        both.expect_same_concerns();
        known += both.known();
        idle += both.idle();
    }
    std::cout << lines << " lines, of which the filter knows " << known << ", " << idle
              << " as nothing\n";
    EXPECT_GT(idle, wanted / 50);
}

// What looks like one thing by its first bytes and is another.
TEST(TheLineFilter, FallsIntoNoTrap)
{
    const std::string failure =
        "postfix/smtpd[7]: warning: x[192.0.2.9]: SASL LOGIN authentication failed: x";
    const std::string login =
        "imap-login: Info: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, "
        "method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, session=<a>";
    std::string many = "2026-11-23 22:30:58 H=(";
    for (int count = 0; count < 70; ++count)
        many += "x) [192.0.2.9] ";
    const Lines lines{"2026-11-23 22:30:58 imap-login: Info: nothing",
                      "Nov 23 22:30:58 host dovecot[1]: Nov 23 22:30:58 mail " + failure,
                      "Nov 23 22:30:58 host dovecot: 2026-11-23T22:30:58+01:00 mail " + failure,
                      "Nov 23 22:30:58 host postfix[1]: Nov 23 22:30:58 mail " + failure,
                      "2026-11-23T22:30:58.1+01:00 Nov 23 22:30:58 mail " + failure,
                      "2026-11-23T22:30:58.1+01:00 Mon 2026-11-23 22:30:58 CET mail " + failure,
                      "2026-11-23T22:30:58.1+01:00 stdout F Nov 23 22:30:58 mail " + failure,
                      "2026-11-23T22:30:58.1+01:00 stdout F: Nov 23 22:30:58 mail " + failure,
                      "2026-11-23T22:30:58.1+01:00 1795473058.123456 mail " + failure,
                      "2026-11-23 22:30:58 mail.warn mail " + failure,
                      "2026-11-23 22:30:58 mail mail.warn " + failure,
                      "Nov 23 22:30:58 mail.warn " + failure,
                      "Nov 23 22:30:58 mail mail.warn " + failure,
                      "Nov 23 22:30:58 mail <22> " + failure,
                      "Nov 23 22:30:58 mx1 " + failure,
                      "Nov 23 22:30:58 mx1 last message repeated 3 times",
                      "Nov 23 22:30:58 mx1 syslogd: last message repeated 3 times",
                      "Nov 23 22:30:58 mx1 postfix/smtpd[7]: last message repeated 3 times",
                      "Nov 23 22:30:58 mx1 " + failure,
                      "Nov 23 22:30:58 mx1 CRON[9]: (root) CMD (true)",
                      "Nov 23 22:30:58 mx1 syslogd: last message repeated 3 times",
                      "2026-11-23 22:30:58 H=a bc de:fg:hi " + login,
                      "2026-11-23 22:30:58 2026-11-23 22:30:58 " + login,
                      "2026-11-23 22:30:58 dovecot: " + login,
                      "2026-11-23 22:30:58 +0100 " + login,
                      many + "Warning: x",
                      many + "F=<a@b> rejected RCPT <c@d>: relay not permitted"};
    for (const auto& servers : ways_to_read()) {
        Both both(servers);
        for (const auto& line : lines)
            ASSERT_NO_FATAL_FAILURE(both.read(line));
        both.expect_same_concerns();
        EXPECT_EQ(both.idle(), servers.only() ? 0U : 1U) << "cron's line";
    }
}

// A connection to Dovecot that has tried nothing ends with the most frequent line of its log.
TEST(TheLineFilter, KnowsConnectionsWithoutAnAttempt)
{
    const std::string head = "Nov 23 22:30:58 mail dovecot: ";
    const std::string rest = "user=<bob>, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, session=<a>";
    const std::string none = " (no auth attempts in 0 secs): ";
    const Lines idle{"imap-login: Disconnected" + none + rest,
                     "imap-login: Disconnected: Connection closed" + none + rest,
                     "managesieve-login: Aborted login (no auth attempts in 4294967295 secs): x",
                     "lmtp(7): Connect from local",
                     "lmtp(bob@example.com)<7><a>: sieve: stored mail into mailbox"};
    const Lines others{
        "imap-login: Disconnected (no auth attempts in 0 secs) (auth failed, 3 attempts): " + rest,
        "imap-login: Disconnected: x (auth failed, 3 attempts in 2 secs)" + none + rest,
        "imap-login: Login: user=<Disconnected" + none + "x>, " + rest,
        "imap-login: proxy(Disconnected" + none + "): " + rest,
        "imap-login: Disconnected (no auth attempts in 0 secs)",
        "imap-login: Disconnected (no auth attempts in 4294967296 secs): " + rest,
        "imap-login: Disconnected (no auth attempts in  secs): " + rest,
        "imap-login: Info: Disconnected" + none + rest,
        "auth: Disconnected" + none + rest,
        "last message repeated 2 times",
        "Last output repeated twice",
        "--- last message repeated 2 times ---",
        "message repeated 2 times: [ imap-login: Disconnected (auth failed, 3 attempts): " + rest +
            "]"};
    for (const auto& servers : {MailServers::any(), MailServers(MailServer::dovecot)}) {
        Both both(servers);
        for (const auto& message : others)
            ASSERT_NO_FATAL_FAILURE(both.read(head + message));
        EXPECT_EQ(both.idle(), 0U);
        for (const auto& message : idle)
            ASSERT_NO_FATAL_FAILURE(both.read(head + message));
        EXPECT_EQ(both.idle(), idle.size());
        both.expect_same_concerns();
    }
}

TEST(TheLineFilter, DropsNothingOfWhatHostileClientsHaveWritten)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    const auto wanted = test::property_amount(100'000);
    test::PostfixWriter postfix(seed);
    std::size_t lines = 0;
    for (std::uint32_t turn = 0; lines < wanted; ++turn) {
        Both both{MailServers::any()};
        test::EximWriter exim(seed + turn);
        test::DovecotWriter dovecot(seed + turn);
        for (int round = 0; round < 20; ++round) {
            for (const auto& line : exim.write_session())
                ASSERT_NO_FATAL_FAILURE(both.read(line.text));
            ASSERT_NO_FATAL_FAILURE(both.read(postfix.write().text));
            ASSERT_NO_FATAL_FAILURE(both.read(dovecot.write().text));
            lines += 10;
        }
        both.expect_same_concerns();
    }
}

}  // namespace
}  // namespace mailban::line_filter_property_test
