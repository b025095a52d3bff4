// What Dovecot, Postfix and Exim ask and hear, as text. The requests are real servers' own.
#include "mailban/policy/dovecot.h"
#include "mailban/policy/exim.h"
#include "mailban/policy/postfix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "seed.h"

namespace mailban::protocols_test {
namespace {

using ::testing::HasSubstr;

constexpr Timestamp kReportedAt{std::chrono::seconds(1'800'000'000)};
constexpr Seed kPolicySeed{7};

// Dovecot 2.3.19 with the attributes of docs/policy.md.
const std::string kDovecotQuestion =
    R"({"device_id":"","local_port":"143","login":"anna","mech":"PLAIN","protocol":"imap",)"
    R"("pwhash":"0472","remote":"198.51.100.1","session_id":"C28MxGxhfYrGM2QB","tls":false})";

std::string report_body(const std::string& outcome)
{
    std::string report = kDovecotQuestion;
    report.insert(report.find(R"(,"tls")"), outcome);
    return report;
}

std::string with_replaced(std::string text, const std::string& before, const std::string& after)
{
    return text.replace(text.find(before), before.size(), after);
}

Attempt attempt_asked(const std::string& body)
{
    const auto attempt = read_dovecot_question(body, kPolicySeed);
    EXPECT_TRUE(attempt && *attempt) << body;
    return attempt && *attempt ? **attempt : Attempt{};
}

Event report_event(const std::string& outcome)
{
    const auto event = read_dovecot_report(report_body(outcome), kPolicySeed, kReportedAt);
    EXPECT_TRUE(event && *event) << outcome;
    return event && *event ? **event : Event{};
}

// What Debian 13's Dovecot 2.4.1 sent with the recipe of docs/policy.md. `fail_type` is its own.
std::string dovecot24_body(const std::string& login, const std::string& fail_type,
                           const std::string& outcome)
{
    return R"({"device_id":"","fail_type":")" + fail_type + R"(","local_port":"143","login":")" +
           login +
           R"(","mech":"PLAIN","protocol":"imap","pwhash":"032b","remote":"198.51.100.1",)"
           R"("session_id":"jCttKnBhaYbGM2QB",)" +
           outcome + R"("tls":false})";
}

TEST(ADovecot24, AsksAndReportsInTheSameWay)
{
    const Attempt asked = attempt_asked(dovecot24_body("anna", "", ""));
    EXPECT_EQ(asked.account, "anna");
    EXPECT_EQ(asked.mechanism, "PLAIN");
    EXPECT_EQ(asked.local_port, 143);
    EXPECT_EQ(asked.session, "jCttKnBhaYbGM2QB");
    EXPECT_TRUE(asked.password);
    const auto kind_of = [](const std::string& fail_type, const std::string& outcome) {
        const auto event = read_dovecot_report(dovecot24_body("anna", fail_type, outcome),
                                               kPolicySeed, kReportedAt);
        EXPECT_TRUE(event && *event);
        return event && *event ? (**event).kind : EventKind::abuse;
    };
    const std::string failed = R"("success":false,"policy_reject":false,)";
    EXPECT_EQ(kind_of("", R"("success":true,"policy_reject":false,)"), EventKind::auth_success);
    EXPECT_EQ(kind_of("credentials", failed), EventKind::auth_failure);
    EXPECT_EQ(kind_of("account", failed), EventKind::auth_failure);
    EXPECT_EQ(kind_of("policy", R"("success":false,"policy_reject":true,)"), EventKind::rejected);
}

TEST(ADovecotQuestion, SaysWhoAttemptsWhat)
{
    const Attempt attempt = attempt_asked(kDovecotQuestion);
    EXPECT_EQ(attempt.ip.to_string(), "198.51.100.1");
    EXPECT_EQ(attempt.account, "anna");
    EXPECT_EQ(attempt.service, Service::imap);
    EXPECT_EQ(attempt.local_port, 143);
    EXPECT_EQ(attempt.mechanism, "PLAIN");
    EXPECT_EQ(attempt.session, "C28MxGxhfYrGM2QB");
    EXPECT_TRUE(attempt.password);
    EXPECT_FALSE(attempt.is_encrypted);
    EXPECT_TRUE(attempt_asked(with_replaced(kDovecotQuestion, R"("tls":false)", R"("tls":true)"))
                    .is_encrypted);
}

TEST(ADovecotQuestion, WithTheClientAloneIsUnderstood)
{
    const Attempt attempt = attempt_asked(R"({"remote":"2001:db8::7"})");
    EXPECT_EQ(attempt.ip.to_string(), "2001:db8::7");
    EXPECT_EQ(attempt.account, std::nullopt);
    EXPECT_EQ(attempt.service, Service::unknown);
    EXPECT_EQ(attempt.password, std::nullopt);
}

TEST(ADovecotQuestion, OfNoClientIsNobodys)
{
    const auto attempt = read_dovecot_question(R"({"login":"anna","remote":""})", kPolicySeed);
    ASSERT_TRUE(attempt);
    EXPECT_FALSE(*attempt);
}

TEST(ADovecotQuestion, HasAMarkOfAPasswordOnlyWhereOneWasShown)
{
    const auto mark = attempt_asked(kDovecotQuestion).password;
    EXPECT_EQ(attempt_asked(with_replaced(kDovecotQuestion, "PLAIN", "login")).password, mark);
    EXPECT_NE(attempt_asked(with_replaced(kDovecotQuestion, "0472", "0473")).password, mark);
    // Without a password Dovecot hashes the account alone: all guesses would look alike.
    EXPECT_EQ(attempt_asked(with_replaced(kDovecotQuestion, "PLAIN", "CRAM-MD5")).password,
              std::nullopt);
    EXPECT_EQ(attempt_asked(with_replaced(kDovecotQuestion, R"("mech":"PLAIN",)", "")).password,
              std::nullopt);
    // Nobody without the key can find what it stands for.
    const auto other = read_dovecot_question(kDovecotQuestion, Seed{8});
    ASSERT_TRUE(other && *other);
    EXPECT_NE((*other)->password, mark);
}

TEST(ADovecotQuestion, OfNonsenseIsAnErrorThatShowsIt)
{
    for (const std::string body : {"", "{", "[]", "null", "\"x\"", R"({"remote":"x"})",
                                   R"({"remote":"198.51.100.1 "})", "\xff"}) {
        EXPECT_FALSE(read_dovecot_question(body, kPolicySeed)) << body;
        EXPECT_FALSE(read_dovecot_report(body, kPolicySeed, kReportedAt)) << body;
    }
    EXPECT_FALSE(
        read_dovecot_question(R"({"remote":")" + std::string(20'000, 'x') + "\"}", kPolicySeed));
    const auto deep = read_dovecot_question(std::string(16'000, '['), kPolicySeed);
    ASSERT_FALSE(deep);
    EXPECT_LT(deep.error().message.size(), 200U);
}

TEST(ADovecotQuestion, KeepsAtMostSoMuchOfAText)
{
    const Attempt attempt =
        attempt_asked(R"({"remote":"198.51.100.1","login":")" + std::string(5000, 'a') +
                      R"(","session_id":")" + std::string(5000, 's') + "\"}");
    EXPECT_EQ(attempt.account->size(), 256U);
    EXPECT_EQ(attempt.session.size(), 64U);
}

TEST(ADovecotReport, IsAnEventOfItsKind)
{
    const std::string failed = R"(,"success":false,"policy_reject":false)";
    EXPECT_EQ(report_event(R"(,"success":true,"policy_reject":false)").kind,
              EventKind::auth_success);
    EXPECT_EQ(report_event(failed).kind, EventKind::auth_failure);
    EXPECT_EQ(report_event(R"(,"success":false,"policy_reject":true)").kind, EventKind::rejected);
    const auto kind_of = [&](const std::string& type) {
        return report_event(failed + R"(,"fail_type":")" + type + "\"").kind;
    };
    EXPECT_EQ(kind_of("credentials"), EventKind::auth_failure);
    EXPECT_EQ(kind_of("account"), EventKind::auth_failure);
    EXPECT_EQ(kind_of("internal"), EventKind::auth_unavailable);
    EXPECT_EQ(kind_of("policy"), EventKind::rejected);
    EXPECT_EQ(kind_of("expired"), EventKind::rejected);
    EXPECT_EQ(kind_of("disabled"), EventKind::rejected);
}

TEST(ADovecotReport, IsAnEventOfItsClient)
{
    const Event event = report_event(R"(,"success":false,"policy_reject":false)");
    EXPECT_EQ(event.ip.to_string(), "198.51.100.1");
    EXPECT_EQ(event.account, "anna");
    EXPECT_EQ(event.service, Service::imap);
    EXPECT_EQ(event.server, MailServer::dovecot);
    EXPECT_EQ(event.reporter, Reporter::report);
    EXPECT_EQ(event.session, "C28MxGxhfYrGM2QB");
    EXPECT_EQ(event.local_port, 143);
    EXPECT_EQ(event.time, kReportedAt);
    EXPECT_EQ(event.attempts, 1U);
}

TEST(ADovecotReport, WithoutAnAccountHadNoPassword)
{
    const auto event = read_dovecot_report(
        with_replaced(report_body(R"(,"success":false)"), R"("login":"anna")", R"("login":"")"),
        kPolicySeed, kReportedAt);
    ASSERT_TRUE(event);
    EXPECT_FALSE(*event);
}

PolicyAnswer answer_with(PolicyVerdict what, PolicyGround ground = PolicyGround::banned)
{
    PolicyAnswer answer;
    answer.verdict = answer.judged = what;
    answer.ground = ground;
    answer.delay = std::chrono::seconds(what == PolicyVerdict::delay ? 5 : 0);
    answer.rule = "password-guessing";
    return answer;
}

TEST(AnAnswer, TellsAClientNothing)
{
    EXPECT_EQ(dovecot_answer(answer_with(PolicyVerdict::allow)), R"({"status":0,"msg":""})");
    EXPECT_EQ(dovecot_answer(answer_with(PolicyVerdict::deny)), R"({"status":-1,"msg":""})");
    EXPECT_EQ(dovecot_answer(answer_with(PolicyVerdict::delay)), R"({"status":5,"msg":""})");
    EXPECT_EQ(exim_answer(answer_with(PolicyVerdict::allow)), "allow");
    EXPECT_EQ(exim_answer(answer_with(PolicyVerdict::deny)), "deny");
    EXPECT_EQ(exim_answer(answer_with(PolicyVerdict::delay)), "delay 5");
    EXPECT_EQ(postfix_answer(answer_with(PolicyVerdict::allow)), "action=DUNNO\n\n");
    EXPECT_EQ(postfix_answer(answer_with(PolicyVerdict::deny)), "action=REJECT\n\n");
}

TEST(AnAnswerToPostfix, IsAPassingErrorForWhoMayBeTheOwner)
{
    constexpr auto kAttacked = PolicyGround::account_under_attack;
    EXPECT_EQ(postfix_answer(answer_with(PolicyVerdict::deny, kAttacked)),
              "action=DEFER_IF_PERMIT\n\n");
    EXPECT_EQ(postfix_answer(answer_with(PolicyVerdict::delay, kAttacked)),
              "action=DEFER_IF_PERMIT\n\n");
}

TEST(AnAnswer, TellsTheLogWhy)
{
    Attempt attempt = attempt_asked(kDovecotQuestion);
    EXPECT_EQ(to_string(attempt, answer_with(PolicyVerdict::deny)),
              "deny 198.51.100.1 (imap, anna): banned by rule password-guessing");
    attempt.account = "anna\n\x1b[2J";
    PolicyAnswer observed = answer_with(PolicyVerdict::deny, PolicyGround::account_under_attack);
    observed.verdict = PolicyVerdict::allow;
    EXPECT_EQ(to_string(attempt, observed),
              "deny 198.51.100.1 (imap, an account with an unusual name): a stranger at an account "
              "that many addresses attack; allowed, because it is only observed");
}

// SMTPD_POLICY_README; the order of the lines is no part of the protocol.
PostfixRequest postfix_request(const std::string& lines)
{
    PostfixRequest request;
    std::size_t from = 0;
    for (auto end = lines.find('\n'); end != std::string::npos; end = lines.find('\n', from)) {
        EXPECT_TRUE(request.add(std::string_view(lines).substr(from, end - from)));
        from = end + 1;
    }
    return request;
}

const std::string kPostfixRequest =
    "request=smtpd_access_policy\nprotocol_state=CONNECT\nprotocol_name=ESMTP\n"
    "client_address=192.0.2.7\nclient_name=unknown\nclient_port=40000\nserver_address=203.0.113.1\n"
    "server_port=587\nhelo_name=\nqueue_id=\ninstance=1a2b.5f.0\nsasl_method=\nsasl_username=\n"
    "encryption_protocol=TLSv1.3\nsomething_new=a=b\n";

TEST(APostfixRequest, SaysWhoConnects)
{
    const auto attempt = postfix_request(kPostfixRequest).attempt();
    ASSERT_TRUE(attempt && *attempt);
    EXPECT_EQ((*attempt)->ip.to_string(), "192.0.2.7");
    EXPECT_EQ((*attempt)->account, std::nullopt);
    EXPECT_EQ((*attempt)->service, Service::submission);
    EXPECT_EQ((*attempt)->local_port, 587);
    EXPECT_TRUE((*attempt)->is_encrypted);
    const auto logged_in =
        postfix_request(
            with_replaced(kPostfixRequest, "sasl_username=", "sasl_username=bob@example.com"))
            .attempt();
    ASSERT_TRUE(logged_in && *logged_in);
    EXPECT_EQ((*logged_in)->account, "bob@example.com");
    const auto delivering =
        postfix_request(with_replaced(kPostfixRequest, "server_port=587", "server_port=25"));
    EXPECT_EQ((*delivering.attempt())->service, Service::smtp);
}

TEST(APostfixRequest, OfNonsenseIsAnError)
{
    EXPECT_FALSE(PostfixRequest().attempt());
    EXPECT_FALSE(
        postfix_request(with_replaced(kPostfixRequest, "smtpd_access_policy", "x")).attempt());
    EXPECT_FALSE(postfix_request(with_replaced(kPostfixRequest, "192.0.2.7", "192.0.2")).attempt());
    const auto unknown =
        postfix_request(with_replaced(kPostfixRequest, "192.0.2.7", "unknown")).attempt();
    ASSERT_TRUE(unknown);
    EXPECT_FALSE(*unknown);
    EXPECT_FALSE(PostfixRequest().add("no equals sign"));
    PostfixRequest endless;
    bool took_all = true;
    for (int line = 0; line < 2000 && took_all; ++line)
        took_all = endless.add("name=value of some length").ok();
    EXPECT_FALSE(took_all);
}

TEST(AnEximQuestion, HasTheAddressFirstAndTheAccountLast)
{
    const auto attempt = read_exim_question("192.0.2.7 587 bob smith@example.com 198.51.100.1 25");
    ASSERT_TRUE(attempt);
    EXPECT_EQ(attempt->ip.to_string(), "192.0.2.7");
    EXPECT_EQ(attempt->local_port, 587);
    EXPECT_EQ(attempt->service, Service::submission);
    EXPECT_EQ(attempt->account, "bob smith@example.com 198.51.100.1 25");
    for (const std::string line : {"2001:db8::7 25", "2001:db8::7 25 ", "2001:db8::7 25\r"}) {
        const auto at_connect = read_exim_question(line);
        ASSERT_TRUE(at_connect) << line;
        EXPECT_EQ(at_connect->account, std::nullopt) << line;
        EXPECT_EQ(at_connect->service, Service::smtp);
    }
    for (const std::string line : {"", " ", "192.0.2.7", "192.0.2.7 x", "bob 25", "192.0.2.7  25",
                                   "192.0.2.7 0", "192.0.2.7 65536", " 192.0.2.7 25"})
        EXPECT_FALSE(read_exim_question(line)) << line;
}

TEST(AKey, IsComparedToItsEnd)
{
    EXPECT_TRUE(is_same_key("sesame", "sesame"));
    for (const std::string_view wrong : {"", "s", "sesamf", "tesame", "sesame ", "sesam"})
        EXPECT_FALSE(is_same_key(wrong, "sesame")) << wrong;
    EXPECT_FALSE(is_same_key(std::string_view("sesame\0", 7), "sesame"));
}

// Whatever bytes come, the readers say something and nothing breaks.
TEST(TheReaders, SurviveAnyBytes)
{
    std::mt19937 random(test::property_seed());
    const auto amount = test::property_amount(20'000);
    for (std::size_t round = 0; round < amount; ++round) {
        std::string text =
            random() % 2 == 0 ? kDovecotQuestion : std::string("192.0.2.7 587 bob=x");
        for (auto changes = random() % 4; changes > 0 && !text.empty(); --changes) {
            const auto at = random() % text.size();
            if (random() % 3 == 0)
                text.erase(at, 1 + random() % 5);
            else
                text[at] = static_cast<char>(random() % 256);
        }
        const auto attempt = read_dovecot_question(text, kPolicySeed);
        if (!attempt) {
            EXPECT_LT(attempt.error().message.size(), 400U);
        }
        static_cast<void>(read_dovecot_report(text, kPolicySeed, kReportedAt));
        static_cast<void>(read_exim_question(text));
        static_cast<void>(PostfixRequest().add(text));
    }
}

}  // namespace
}  // namespace mailban::protocols_test
