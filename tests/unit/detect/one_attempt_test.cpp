// Lines of one attempt, as servers write them, count once; in whatever order they are read.
#include "mailban/detect/dedup/deduplicator.h"
#include "mailban/detect/look_ahead.h"
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mailban::one_attempt_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

using Lines = std::vector<std::string>;

std::string at(int second, const std::string& message)
{
    const std::string two = (second < 10 ? "0" : "") + std::to_string(second);
    return "Nov 23 22:30:" + two + " mail " + message;
}

std::string pam(int second, const std::string& module = "pam_unix",
                const std::string& account = "bob")
{
    return at(second, "auth: " + module +
                          "(dovecot:auth): authentication failure; logname= uid=0 euid=0 "
                          "tty=dovecot ruser=" +
                          account + " rhost=192.0.2.7  user=" + account);
}

std::string refused(int second, const std::string& database, const std::string& said,
                    const std::string& session = ",<S1>", const std::string& account = "bob")
{
    return at(second,
              "dovecot: auth: " + database + "(" + account + ",192.0.2.7" + session + "): " + said);
}

std::string summary(int second, int attempts = 1, const std::string& session = "S1")
{
    return at(second, "dovecot: imap-login: Disconnected (auth failed, " +
                          std::to_string(attempts) +
                          " attempts in 4 secs): user=<bob>, method=PLAIN, rip=192.0.2.7, "
                          "lip=192.0.2.1, session=<" +
                          session + ">");
}

std::string login(int second, const std::string& session = "S1", const std::string& account = "bob",
                  const std::string& ip = "192.0.2.7")
{
    return at(second, "dovecot: imap-login: Login: user=<" + account + ">, method=PLAIN, rip=" +
                          ip + ", lip=192.0.2.1, mpid=77, TLS, session=<" + session + ">");
}

std::string postfix(int second, const std::string& mechanism, int pid = 77,
                    const std::string& account = "bob")
{
    return at(second, "postfix/smtpd[" + std::to_string(pid) +
                          "]: warning: unknown[192.0.2.7]: SASL " + mechanism +
                          " authentication failed: (reason unavailable), sasl_username=" + account);
}

std::string exim(int second, const std::string& authenticator, const std::string& port = "",
                 const std::string& account = "bob")
{
    const std::string two = (second < 10 ? "0" : "") + std::to_string(second);
    return "2026-11-23 22:30:" + two + " " + authenticator +
           " authenticator failed for (x) [192.0.2.7]" + port +
           ": 535 Incorrect authentication data (set_id=" + account + ")";
}

std::string dovecot24(int second, const std::string& mechanism, const std::string& said,
                      const std::string& session = "<S1>")
{
    return at(second,
              "dovecot: auth(bob,192.0.2.7,sasl:" + mechanism + ")" + session + ": " + said);
}

// What is left of the lines' failures when each attempt has counted once.
int count_of(const Lines& lines)
{
    LogParser parser;
    Deduplicator deduplicator(Seed{1});
    int count = 0;
    for (const auto& line : lines) {
        const auto event = parser.parse(line, kNow);
        EXPECT_TRUE(event) << line;
        if (!event) continue;
        const auto admission = deduplicator.weigh(*event, 0);
        if (event->kind == EventKind::auth_failure) count += static_cast<int>(admission.fresh);
        if (admission.withdrawn) --count;
    }
    return count;
}

// The same, each line a log of its own, in every order.
void expect_in_any_order(Lines lines, int count)
{
    std::sort(lines.begin(), lines.end());
    do {
        LogParser parser;
        Deduplicator deduplicator(Seed{1});
        int counted = 0;
        std::string order;
        for (const auto& line : lines) {
            order += line + "\n";
            const auto admission = deduplicator.weigh(parser.parse(line, kNow).value(), 0);
            counted += static_cast<int>(admission.fresh);
            if (admission.withdrawn) --counted;
        }
        EXPECT_EQ(counted, count) << order;
    } while (std::next_permutation(lines.begin(), lines.end()));
}

// The lines whose events `scan --events` prints.
std::vector<std::size_t> printed(const Lines& lines)
{
    std::vector<std::size_t> numbers;
    LookAhead look_ahead(
        [&](const Event&, std::uint32_t, std::uint64_t line) {
            numbers.push_back(static_cast<std::size_t>(line));
        },
        1);
    LogParser parser;
    for (std::size_t number = 0; number < lines.size(); ++number)
        if (const auto event = parser.parse(lines[number], kNow))
            look_ahead.take(*event, 0, number + 1);
    look_ahead.finish();
    return numbers;
}
using Numbers = std::vector<std::size_t>;

TEST(OneAttempt, IsToldByPamAndByDovecotInWhateverOrder)
{
    const auto back = refused(12, "pam", "pam_authenticate() failed: Authentication failure");
    expect_in_any_order({pam(10), back}, 1);
    expect_in_any_order({pam(10), back, summary(14)}, 1);
    expect_in_any_order({pam(10), summary(14)}, 1);
    expect_in_any_order({pam(10), pam(20), summary(24, 2)}, 2);
    expect_in_any_order({pam(10), pam(10, "pam_sss"), back, summary(14)}, 1);
    expect_in_any_order({pam(10), postfix(14, "PLAIN")}, 1);
    EXPECT_EQ(count_of({pam(10)}), 1);
    EXPECT_EQ(count_of({pam(10), pam(13), pam(16)}), 3);
    EXPECT_EQ(count_of({pam(10), pam(10, "pam_unix", "amy")}), 2);
}

TEST(OneAttempt, IsRefusedByOneDatabaseAfterTheOther)
{
    const Lines both{refused(10, "passwd-file", "unknown user"),
                     refused(10, "sql", "Password mismatch")};
    EXPECT_EQ(count_of(both), 1);
    EXPECT_EQ(count_of({both[0], both[1], summary(12)}), 1);
    EXPECT_EQ(count_of({both[0], both[1], refused(13, "passwd-file", "unknown user"),
                        refused(13, "sql", "Password mismatch"), summary(15, 2)}),
              2);
    // The same database again, too late, another account, another session: another attempt.
    EXPECT_EQ(count_of({both[1], refused(10, "sql", "Password mismatch")}), 2);
    EXPECT_EQ(count_of({both[0], refused(12, "sql", "Password mismatch")}), 2);
    EXPECT_EQ(count_of({both[0], refused(10, "sql", "Password mismatch", ",<S1>", "amy")}), 2);
    EXPECT_EQ(count_of({both[0], refused(10, "sql", "Password mismatch", ",<S2>")}), 2);
    // Two mechanisms that go to the same database are no two databases.
    EXPECT_EQ(count_of({refused(10, "cram-md5", "Password mismatch"), both[1]}), 2);
    EXPECT_EQ(count_of({refused(10, "xoauth2", "oauth2 failed: x"), both[1]}), 2);
}

TEST(OneAttempt, IsNoFailureWhereTheNextDatabaseAccepts)
{
    const auto unknown = refused(10, "passwd-file", "unknown user");
    EXPECT_EQ(count_of({unknown, login(11)}), 0);
    EXPECT_EQ(printed({unknown, login(11)}), Numbers({2}));
    EXPECT_EQ(printed({unknown, login(19)}), Numbers({2}));  // the next one is slow
    EXPECT_EQ(printed({dovecot24(10, "plain", "passwd-file: unknown user"), login(11)}),
              Numbers({2}));
    // Three databases.
    EXPECT_EQ(printed({unknown, refused(10, "ldap", "unknown user"), login(11)}), Numbers({3}));
    EXPECT_EQ(count_of({unknown, refused(10, "ldap", "unknown user"), login(11)}), 0);
    // Others in between.
    const Lines between{unknown, refused(10, "sql", "Password mismatch", ",<S9>", "amy"),
                        postfix(10, "PLAIN", 8, "eve"), login(11)};
    EXPECT_EQ(printed(between), Numbers({2, 3, 4}));
    EXPECT_EQ(count_of(between), 2);
}

// Dovecot 2.3.19 on Debian 12 with a passwd-file before PAM, and auth.log beside it: a right
// password, a wrong one, an unknown user, two wrong ones and then the right one, and a user whom
// the passwd-file knows.
TEST(OneAttempt, IsOneInWhatARealDovecotWroteOfSeven)
{
    const std::string worker =
        "dovecot: auth-worker(29127): conn unix:auth-worker "
        "(pid=29126,uid=102): auth-worker<3>: ";
    const auto of_pam = [&](int second, const std::string& session, const std::string& account) {
        return at(second, worker + "pam(" + account + ",192.0.2.7,<" + session +
                              ">): pam_authenticate() failed: Authentication failure "
                              "(Password mismatch?)");
    };
    const auto of_file = [](int second, const std::string& session, const std::string& account,
                            const std::string& said = "unknown user") {
        return refused(second, "passwd-file", said, ",<" + session + ">", account);
    };
    const Lines lines{of_file(3, "A", "bob"),
                      login(4, "A"),
                      of_file(4, "B", "bob"),
                      pam(4),
                      of_pam(6, "B", "bob"),
                      summary(8, 1, "B"),
                      of_file(12, "C", "nosuch"),
                      pam(12, "pam_unix", "nosuch"),
                      of_pam(14, "C", "nosuch"),
                      of_file(24, "D", "bob"),
                      pam(24),
                      of_pam(25, "D", "bob"),
                      of_file(35, "D", "bob"),
                      pam(35),
                      of_pam(37, "D", "bob"),
                      of_file(39, "D", "bob"),
                      login(39, "D"),
                      of_file(49, "E", "amy", "Password mismatch"),
                      pam(49, "pam_unix", "amy"),
                      of_pam(51, "E", "amy")};
    EXPECT_EQ(count_of(lines), 5);
    const auto shown = printed(lines);
    EXPECT_EQ(shown.size(), lines.size() - 2);
    EXPECT_EQ(std::count(shown.begin(), shown.end(), 1U), 0);
    EXPECT_EQ(std::count(shown.begin(), shown.end(), 16U), 0);
}

TEST(OneAttempt, OfAnotherSessionAccountOrAddressIsNotWithdrawn)
{
    const auto unknown = refused(10, "passwd-file", "unknown user");
    for (const auto& other :
         {login(11, "S2"), login(11, "S1", "amy"), login(11, "S1", "bob@evil.example"),
          login(11, "S1", "bob", "192.0.2.8"), login(59)}) {
        EXPECT_EQ(count_of({unknown, other}), 1) << other;
        EXPECT_EQ(printed({unknown, other}), Numbers({1, 2})) << other;
    }
    // A login before it.
    EXPECT_EQ(printed({login(10), refused(11, "passwd-file", "unknown user")}), Numbers({1, 2}));
}

TEST(OneAttempt, OfSeveralInASessionHidesNone)
{
    const Lines guesses{refused(10, "passwd-file", "unknown user"),
                        refused(13, "passwd-file", "unknown user"), login(14)};
    EXPECT_EQ(count_of(guesses), 2);
    EXPECT_EQ(printed(guesses), Numbers({1, 2, 3}));
    // One login withdraws but one, and but once.
    const Lines again{guesses[0], login(11), login(11), guesses[1], login(14)};
    EXPECT_EQ(count_of(again), 1);
    EXPECT_EQ(printed(again), Numbers({2, 3, 4, 5}));
}

// "Password mismatch" and a login at once may be a slip that was put right.
TEST(OneAttempt, ThatIsWrongAndThenRightIsAFailure)
{
    const auto wrong = refused(10, "sql", "Password mismatch");
    EXPECT_EQ(count_of({wrong, login(10)}), 1);
    EXPECT_EQ(printed({wrong, login(10)}), Numbers({1, 2}));
    // The log has shown that another database is asked after this one.
    const Lines shown{refused(1, "sql", "unknown user", ",<S0>"), login(1, "S0"), wrong, login(10)};
    EXPECT_EQ(count_of(shown), 0);
    EXPECT_EQ(printed(shown), Numbers({2, 4}));
    const Lines late{shown[0], shown[1], wrong, login(12)};
    EXPECT_EQ(printed(late), Numbers({2, 3, 4}));
}

TEST(OneAttempt, IsNoFailureWhereTheNextModuleOfPamAccepts)
{
    EXPECT_EQ(count_of({pam(10), login(11)}), 0);
    EXPECT_EQ(printed({pam(10), login(11)}), Numbers({2}));
    EXPECT_EQ(printed({pam(10), login(13)}), Numbers({1, 2}));
    EXPECT_EQ(printed({pam(10), pam(10), login(11)}), Numbers({1, 2, 3}));
}

TEST(OneAttempt, IsNoFailureWhereTheNextDatabaseAcceptsForPostfix)
{
    const auto client = at(11,
                           "postfix/smtpd[77]: 4B40555EE: client=x[192.0.2.7], sasl_method=PLAIN, "
                           "sasl_username=bob");
    const auto unknown = refused(10, "passwd-file", "unknown user", "");
    EXPECT_EQ(count_of({unknown, client}), 0);
    EXPECT_EQ(printed({unknown, client}), Numbers({2}));
    EXPECT_EQ(printed({unknown, refused(10, "passwd-file", "unknown user", ""), client}),
              Numbers({1, 2, 3}));
}

TEST(OnePassword, ThatIsTriedWithTwoMechanismsIsOneGuess)
{
    // By the client's port, the process, or the address and the time.
    EXPECT_EQ(count_of({exim(10, "plain", ":4711"), exim(12, "login", ":4711")}), 1);
    EXPECT_EQ(count_of({exim(10, "dovecot_plain"), exim(10, "dovecot_login")}), 1);
    EXPECT_EQ(count_of({postfix(10, "PLAIN"), postfix(12, "LOGIN")}), 1);
    EXPECT_EQ(count_of({at(10,
                           "sm-mta[7]: AUTH failure (PLAIN): authentication failure (-13) "
                           "SASL(-13): authentication failure: x, relay=[192.0.2.7]"),
                        at(12,
                           "sm-mta[7]: AUTH failure (LOGIN): authentication failure (-13) "
                           "SASL(-13): authentication failure: x, relay=[192.0.2.7]")}),
              1);
    EXPECT_EQ(count_of({at(10,
                           "courieresmtpd: error,relay=::ffff:192.0.2.7,port=4711,msg=\"535 "
                           "Authentication failed.\",cmd: AUTH PLAIN AGJvYgB4 bob"),
                        at(12,
                           "courieresmtpd: error,relay=::ffff:192.0.2.7,port=4711,msg=\"535 "
                           "Authentication failed.\",cmd: AUTH LOGIN bob")}),
              1);
    const Lines dovecot{dovecot24(10, "plain", "sql: Password mismatch"),
                        dovecot24(13, "login", "sql: Password mismatch")};
    EXPECT_EQ(count_of(dovecot), 1);
    EXPECT_EQ(count_of({dovecot[0], dovecot[1], summary(15, 2)}), 1);
}

TEST(OnePassword, IsOneGuessWhereBothServersTellOfBothMechanisms)
{
    const auto first = refused(10, "sql", "Password mismatch", "");
    const auto second = refused(13, "sql", "Password mismatch", "");
    expect_in_any_order({first, postfix(12, "PLAIN")}, 1);
    EXPECT_EQ(count_of({first, postfix(12, "PLAIN"), second, postfix(15, "LOGIN")}), 1);
    EXPECT_EQ(count_of({first, second, postfix(12, "PLAIN"), postfix(15, "LOGIN")}), 1);
    EXPECT_EQ(count_of({postfix(12, "PLAIN"), postfix(15, "LOGIN"), first, second}), 1);
    const Lines newer{dovecot24(10, "plain", "sql: Password mismatch", ""), postfix(12, "PLAIN"),
                      dovecot24(13, "login", "sql: Password mismatch", ""), postfix(15, "LOGIN")};
    EXPECT_EQ(count_of(newer), 1);
    EXPECT_EQ(count_of({newer[1], newer[3], newer[0], newer[2]}), 1);
    EXPECT_EQ(count_of({newer[0], newer[2], newer[1], newer[3]}), 1);
}

TEST(OnePassword, IsNotSeenInWhatOneMechanismOrAnotherConnectionTries)
{
    EXPECT_EQ(count_of({postfix(10, "LOGIN"), postfix(12, "LOGIN")}), 2);
    EXPECT_EQ(count_of({postfix(10, "PLAIN"), postfix(12, "LOGIN", 78)}), 2);
    EXPECT_EQ(count_of({postfix(10, "PLAIN"), postfix(12, "LOGIN", 77, "amy")}), 2);
    EXPECT_EQ(count_of({postfix(10, "PLAIN"), postfix(30, "LOGIN")}), 1);
    EXPECT_EQ(count_of({postfix(10, "PLAIN"), postfix(31, "LOGIN")}), 2);
    EXPECT_EQ(count_of({exim(10, "plain", ":4711"), exim(10, "login", ":4712")}), 2);
    EXPECT_EQ(count_of({exim(10, "plain"), exim(11, "plain"), exim(12, "plain")}), 3);
    // Something in between.
    EXPECT_EQ(count_of({exim(10, "plain"), exim(11, "plain", "", "amy"), exim(12, "login")}), 3);
    // A process that serves one connection after the other, and another one in between.
    EXPECT_EQ(
        count_of({postfix(10, "PLAIN"), postfix(12, "PLAIN", 78, "amy"), postfix(14, "LOGIN")}), 3);
}

TEST(OnePassword, IsToldFromAnotherByItsMark)
{
    const auto tried = [](int second, const std::string& mechanism, const std::string& mark) {
        return dovecot24(second, mechanism,
                         "sql: Password mismatch (SHA1 of given password: " + mark + ")");
    };
    EXPECT_EQ(count_of({tried(10, "plain", "aaaaaa"), tried(13, "login", "bbbbbb")}), 2);
    EXPECT_EQ(count_of({tried(10, "plain", "aaaaaa"), tried(13, "login", "aaaaaa")}), 1);
    EXPECT_EQ(count_of({tried(10, "plain", "aaaaaa"), tried(13, "plain", "aaaaaa")}), 1);
}

// Whoever alternates on purpose: one a connection, and five a day.
TEST(OnePassword, GivesWhoAlternatesOneGuessAConnectionAndFiveADay)
{
    Lines one;
    for (int line = 0; line < 20; ++line)
        one.push_back(exim(10 + line, line % 2 == 0 ? "plain" : "login", ":4711"));
    EXPECT_EQ(count_of(one), 19);
    Lines many;
    for (int line = 0; line < 40; ++line)
        many.push_back(exim(10 + line, line % 2 == 0 ? "plain" : "login",
                            ":" + std::to_string(2000 + line / 2)));
    EXPECT_EQ(count_of(many), 35);
    Lines nameless;
    for (int line = 0; line < 40; ++line)
        nameless.push_back(exim(10 + line, line % 2 == 0 ? "plain" : "login"));
    EXPECT_EQ(count_of(nameless), 35);
}

}  // namespace
}  // namespace mailban::one_attempt_test
