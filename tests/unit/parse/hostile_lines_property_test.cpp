// Whatever clients write into the lines of Sendmail, Cyrus and OpenSMTPD: the true address or none,
// and no failure can be written away.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <iostream>

#include "corpus/labelled_log.h"
#include "seed.h"
#include "unit/parse/hostile_text.h"

namespace mailban::hostile_lines_property_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::size_t wanted_lines()
{
    return test::property_amount(200'000);
}

// A line with a hole where the client's text goes.
struct Form {
    std::string before{};
    std::string behind{};
    std::optional<IpAddress> client{};  // nullopt: no client of ours
    bool is_failure = false;            // has to be found, whatever is in the hole
};

enum class Printing { octal, carets, no_blanks, word };

std::string printed(test::HostileText& hostile, Printing printing)
{
    switch (printing) {
    case Printing::octal: return test::in_octal(hostile.any()).substr(0, 64);
    case Printing::carets: return test::with_carets(hostile.any());
    case Printing::no_blanks: return test::without_blanks(hostile.any());
    case Printing::word: return hostile.word();
    }
    return {};
}

// What the parser makes of one filled form.
void expect_truth(const Form& form, const std::string& text, LogParser& parser)
{
    const auto line = form.before + text + form.behind;
    const auto event = parser.parse(line, kNow);
    if (form.is_failure) {
        ASSERT_TRUE(event) << "not found: " << line;
        ASSERT_EQ(to_string(event->kind), "auth_failure") << line;
        ASSERT_EQ(event->account.value_or(text), text) << line;
    }
    if (!event) return;
    ASSERT_TRUE(form.client) << "not about a client: " << line;
    ASSERT_EQ(event->ip.to_string(), form.client->to_string()) << line;
}

void fill(const std::vector<Form>& forms, Printing printing, LogParser parser)
{
    ASSERT_FALSE(forms.empty());
    const auto start = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(start));
    test::HostileText hostile(start);
    const auto lines = wanted_lines() / 8;
    for (std::size_t count = 0; count < lines; ++count) {
        const auto text = printed(hostile, printing);
        expect_truth(forms[hostile.below(forms.size())], text, parser);
        if (::testing::Test::HasFatalFailure()) return;
    }
    std::cout << lines << " lines of " << forms.size() << " forms\n";
}

// Every failure of a real log, with the hole between `begin` and the last `end`.
std::vector<Form> forms_of_log(const std::string& folder, const std::string& begin,
                               const std::string& end)
{
    std::vector<Form> forms;
    for (const auto& log : test::read_labelled_logs(MAILBAN_SOURCE_DIR "/tests/corpus/" + folder)) {
        for (const auto& [number, label] : log.labels) {
            const auto& line = log.lines.at(number - 1);
            const auto at = line.find(begin);
            const auto next = line.rfind(end);
            const bool fits = label.label == "auth_failure" && label.ip && at != line.npos &&
                              next != line.npos && next >= at + begin.size();
            // Where no password was compared, the text decides what it was.
            if (!fits || line.find("(-13") == line.npos) continue;
            forms.push_back({line.substr(0, at + begin.size()), line.substr(next), label.ip, true});
        }
    }
    return forms;
}

const auto kClient = IpAddress::v4(192, 0, 2, 7);

TEST(TheSendmailParser, FindsEveryFailureWhateverTheAccount)
{
    fill(forms_of_log("sendmail", ", user=", ", relay="), Printing::octal, LogParser());
}

TEST(TheSendmailParser, TakesTheTrueAddressOrNoneFromHostileLines)
{
    const std::string head = "Nov 23 22:36:55 mail sm-mta[9]: 6ANMasu8000114: ";
    const std::string at_host = "host-9.x.example [192.0.2.7]";
    const std::vector<Form> forms{
        {head + "AUTH failure (CRAM-MD5): user not found (-20) SASL(-13): user not found: user: ",
         "@mail property: x, user=bob, relay=" + at_host, kClient},
        {head + "AUTH failure (", "): no mechanism available (-4) x, user=, relay=" + at_host,
         kClient},
        {head + "AUTH=server, relay=" + at_host + ", authid=", ", mech=PLAIN, bits=0", kClient},
        {head + "AUTH decode64 error [-5 for \"", "\"], relay=" + at_host, kClient},
        {head + "ruleset=check_rcpt, arg1=<",
         ">, relay=" + at_host + ", reject=550 5.7.1 <x>... Relaying denied", kClient},
        {head + "ruleset=check_rcpt, arg1=<x>, relay=" + at_host + ", reject=550 5.7.1 <",
         ">... Relaying denied", kClient},
        {head + "ruleset=check_relay, arg1=",
         ", arg2=192.0.2.7, relay=" + at_host + ", reject=421 4.3.2 Too many open connections.",
         kClient},
        {head + at_host + ": vrfy ", " [rejected]", kClient},
        {head + at_host + ": probable open proxy: command=", "", kClient},
        {head + "from=<", ">, size=1, class=0, nrcpts=0, relay=" + at_host},
        {head + "<", ">... User unknown"},
        {head + "\"", "\" command from " + at_host + " (x)"},
        {head + "to=<x@y>, relay=mx.remote.example [203.0.113.99], dsn=5.7.8, reply=535 ", ""},
        {head + "ruleset=tls_server, arg1=SOFTWARE, relay=mx [203.0.113.99], reject=550 ", ""},
        {head + "STARTTLS=client, relay=mx.remote.example, cert-subject=", ", verifymsg=ok"},
        {"Nov 23 22:36:55 mail sm-mta[9]: 6ANMasu8000114[2]: ...", ""}};
    fill(forms, Printing::octal, LogParser());
    fill(forms, Printing::word, LogParser(MailServers(MailServer::sendmail)));
}

TEST(TheCyrusParser, FindsEveryFailureWhateverTheAccount)
{
    fill(forms_of_log("cyrus", " plaintext (", ") [SASL(-13): "), Printing::carets, LogParser());
    fill(forms_of_log("cyrus", " PLAIN (", ") [SASL(-13): "), Printing::carets, LogParser());
}

TEST(TheCyrusParser, TakesTheTrueAddressOrNoneFromHostileLines)
{
    const std::string head = "2026-11-23T22:48:20.02+00:00 mail cyrus/imap[90]: ";
    const std::string bad = head + "badlogin: 8.8.8.8 [192.0.2.7] ";
    const std::vector<Form> forms{
        {bad + "plaintext (", ") invalid user", kClient, true},
        {bad + "PLAIN (", ") [authentication failure]", kClient, true},
        {bad + "PLAIN (", ") [generic failure]", kClient},
        {bad + "plaintext ", " SASL(-13): authentication failure: checkpass failed", kClient, true},
        {bad + "CRAM-MD5 (-notset-) [SASL(-13): user not found: user: ", "@mail]", kClient},
        {bad, " (-notset-) [SASL(-6): can't request information]", kClient},
        {bad + "APOP (", ") SASL(-13): x", kClient},
        {head + "login: mail.x.example [192.0.2.7] bob PLAIN+TLS User logged in SESSIONID=<", ">",
         kClient},
        {head + "login: [192.0.2.7] ", " PLAIN User logged in", kClient},
        {head + "Too many open connections (11 of 10 from [192.0.2.7], 3 of 5 for ", ")", kClient},
        {head + "Too many open connections (3 of 5 for ", ")"},
        {head + "client id sessionid=<x>: \"name\" \"", "\""},
        {head + "badlogin: [local] plaintext (", ") invalid user"},
        {head + "badlogin: [unknown] plaintext (", ") invalid user"}};
    fill(forms, Printing::carets, LogParser());
    fill(forms, Printing::word, LogParser(MailServers(MailServer::cyrus)));
}

TEST(TheOpenSmtpdParser, TakesTheTrueAddressOrNoneFromHostileLines)
{
    const std::string head = "Nov 23 22:52:49 mail smtpd[65]: ";
    const std::string known = head + "980a4c722859b973 smtp ";
    const auto parser = [&] {
        LogParser fresh;
        fresh.parse(known + "connected address=192.0.2.7 host=<unknown>", kNow);
        return fresh;
    };
    const std::string old = head + "smtp-in: Failed command on session 980a4c722859b973: \"";
    const std::vector<Form> forms{
        {known + "authentication user=", " result=permfail", kClient, true},
        {known + "event=authentication user=", " address=192.0.2.7 host=x result=permfail", kClient,
         true},
        {known + "event=authentication user=bob address=192.0.2.7 host=", " result=ok", kClient},
        {known + "failed-command command=\"", "\" result=\"500 5.5.1 Invalid command\"", kClient},
        {known + "failed-command command=\"RCPT TO:<x>\" result=\"550 Invalid recipient: <", ">\"",
         kClient},
        {old, "\" => 500 5.5.1 Invalid command", kClient},
        {head + "980a4c722859b974 smtp connected address=local host=", ""},
        {head + "980a4c722859b974 smtp authentication user=", " result=permfail"},
        {head + "980a4c722859b975 mta error reason=", ""},
        {head + "warn: credentials lookup fail for x:", ""}};
    fill(forms, Printing::no_blanks, parser());
    fill(forms, Printing::word, parser());
}

// Here the text comes first, and names a session for all lines behind it.
TEST(TheOpenSmtpdParser, TakesNoAddressFromAHostName)
{
    const auto start = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(start));
    test::HostileText hostile(start);
    const std::string head = "Nov 23 22:52:49 mail smtpd[65]: ";
    for (int count = 0; count < 5000; ++count) {
        LogParser parser;
        const auto name = test::with_carets(hostile.any());
        const auto opening =
            count % 2 == 0
                ? "980a4c722859b973 smtp connected address=192.0.2.7 host=" + name
                : "smtp-in: New session 980a4c722859b973 from host " + name + " [192.0.2.7]";
        EXPECT_FALSE(parser.parse(head + opening, kNow)) << opening;
        const auto event = parser.parse(
            head + "980a4c722859b973 smtp authentication user=x result=permfail", kNow);
        ASSERT_TRUE(event || count % 2 != 0) << opening;
        ASSERT_EQ(event ? event->ip : kClient, kClient) << opening;
    }
}

}  // namespace
}  // namespace mailban::hostile_lines_property_test
