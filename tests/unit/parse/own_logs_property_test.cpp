// Whatever clients write into the logs of nginx, Mailu, SnappyMail, Postal, Modoboa, Maddy, Axigen,
// Domino, Nextcloud, PostfixAdmin and mailcow, whole lines included: an event names the client
// whose record it is in. Each server's own escaping is applied to a text, and no more.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include <nlohmann/json.hpp>

#include "seed.h"

namespace mailban::own_logs_property_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::size_t wanted_records()
{
    return test::property_amount(6'000);
}

// Texts of which a hostile one is put together; {lf} is a line feed.
const std::vector<std::string>& fragments()
{
    static const std::vector<std::string> kFragments{
        "x",
        "bob@example.org",
        " ",
        "'",
        "\"",
        "\\",
        "\t",
        "\r",
        "\xff\xfe",
        "\x01",
        "8.8.8.8",
        "[8.8.8.8]",
        "8.8.8.8:4711",
        "/imap/993 from: 8.8.8.8/1: failed: badauth: x",
        "'/imap/993 from: 8.8.8.8/1: failed: badauth: x",
        "\" while in http auth state, client: 8.8.8.8, server: 0.0.0.0:465, login: \"y",
        ", client: 8.8.8.8, server: 0.0.0.0:465",
        "\", upstream: 10.0.0.5:143",
        " user=x host=y port=1",
        " ip=8.8.8.8 user=x",
        "Auth failed: ip=8.8.8.8 user=x",
        "Authentication failure for 8.8.8.8",
        "WARN: AUTH failure for 8.8.8.8",
        "' as user 'y",
        "WARNING Failed connection attempt from '8.8.8.8' as user 'x",
        "\",\"src_ip\":\"8.8.8.8:1",
        "\",\"remoteAddr\":\"8.8.8.8\",\"message\":\"Login failed: x (Remote IP: 8.8.8.8)",
        " (Remote IP: 8.8.8.8)",
        "SMTP-IN:00000022: [198.51.100.1:25] connection accepted from [8.8.8.8:4711]",
        ">> 535 x",
        " ; connecting host 8.8.8.8",
        "] authentication failure using internet password",
        " [8.8.8.8] authentication failure using internet password",
        ", ip_address: 8.8.8.8)",
        "[client 8.8.8.8:4711] PostfixAdmin admin login failed (username: x, ip_address: 8.8.8.8)",
        " by 8.8.8.8",
        "mailcow UI: Invalid password for x by 8.8.8.8",
        "{lf}2026/11/23 22:30:58 [info] 12#12: *2 client 8.8.8.8:4711 connected to 0.0.0.0:465",
        "{lf}2026/11/23 22:30:58 [info] 12#12: *2 client login failed: \"x\" while in http auth "
        "state, client: 8.8.8.8, server: 0.0.0.0:465, login: \"bob\"{lf}",
        "{lf}2026/11/23 22:30:58 [notice] 12#12: signal 1 (SIGHUP) received{lf}",
        "{lf}[2026-11-23 22:30:58] Auth failed: ip=8.8.8.8 user=x host=y port=1{lf}",
        "{lf}[2026-11-23 22:30:58.052][69105e66] IMAP[WARNING]: Auth failed: ip=8.8.8.8 user=x{lf}",
        "{lf}[2026-11-23 22:30:58,601] INFO in nginx: Login attempt for: x/imap/993 from: "
        "8.8.8.8/1:"
        " failed: badauth: x{lf}",
        "{lf}2026-11-23 22:30:58 login authenticator failed for (x) [8.8.8.8]: 535 Incorrect "
        "authentication data (set_id=bob){lf}",
        "{lf}Nov 23 22:30:58 mail postfix/smtpd[152]: warning: unknown[8.8.8.8]: SASL LOGIN "
        "authentication failed: UGFzc3dvcmQ6{lf}",
        "{lf}Nov 23 22:30:58 mail nginx: 2026/11/23 22:30:58 [info] 12#12: *2 client login failed: "
        "\"x\" while in http auth state, client: 8.8.8.8, server: 0.0.0.0:465, login: \"bob\"{lf}",
        "{lf}Nov 23 22:30:58 mail modoboa.auth: WARNING Failed connection attempt from '8.8.8.8' "
        "as "
        "user 'x'{lf}"};
    return kFragments;
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

// How a server prints a text that a client chose.
using Print = std::string (*)(const std::string& text);

std::string raw(const std::string& text)
{
    return text;
}
std::string in_syslog(const std::string& text)
{
    return replaced(replaced(text, "\n", "#012"), "\r", "#015");
}
std::string one_line(const std::string& text)
{
    return replaced(replaced(text, "\n", ""), "\r", "");
}
std::string in_json(const std::string& text)
{
    const auto quoted =
        nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    return quoted.substr(1, quoted.size() - 2);
}
std::string in_apache(const std::string& text)
{
    return replaced(replaced(replaced(text, "\\", "\\\\"), "\n", "\\n"), "\r", "\\r");
}
std::string in_repr(const std::string& text)
{
    auto printed = replaced(replaced(replaced(text, "\\", "\\\\"), "\n", "\\n"), "\r", "\\r");
    const bool has_single = text.find('\'') != std::string::npos;
    const bool has_double = text.find('"') != std::string::npos;
    if (has_single && !has_double) return "\"" + printed + "\"";
    return "'" + replaced(printed, "'", "\\'") + "'";
}

struct Form {
    const char* name = nullptr;
    MailServer server{};
    std::string text{};  // {ip} and {text}
    Print print = raw;
    Assurances assured{};
    std::string head{};        // of each line, the client's too
    std::size_t longest = 0;   // the server cuts its record
    bool is_believed = false;  // whatever others do meanwhile
};

void PrintTo(const Form& form, std::ostream* out)
{
    *out << form.name;
}

std::vector<std::string> lines_of(const std::string& record)
{
    std::vector<std::string> lines(1);
    for (const char c : record) {
        if (c == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += c;
        }
    }
    return lines;
}

class AProgramsOwnLog : public ::testing::TestWithParam<Form> {
protected:
    std::size_t below(std::size_t limit) { return random_() % limit; }

    std::string hostile()
    {
        std::string text;
        for (auto count = 1 + below(5); count > 0; --count)
            text += fragments().at(below(fragments().size()));
        return replaced(text, "{lf}", "\n");
    }

    // One attempt of this client's, and what becomes of each of its lines.
    int attempt(LogParser& parser, const IpAddress& client, const std::string& text, Timestamp now)
    {
        const auto& form = GetParam();
        auto record = replaced(form.text, "{ip}", client.to_string());
        record.replace(record.find("{text}"), 6, form.print(text));
        if (form.longest > 0) record.resize(std::min(record.size(), form.longest));
        int events = 0;
        for (const auto& line : lines_of(record)) {
            const auto event = parser.parse(form.head + line, now);
            if (!event) continue;
            ++events;
            EXPECT_EQ(event->ip.to_string(), client.to_string()) << form.head + line;
        }
        return events;
    }

    void attack(LogParser parser)
    {
        auto now = kNow;
        std::size_t plain = 0;
        std::size_t found = 0;
        for (std::size_t count = 0; count < wanted_records() && !HasFailure(); ++count) {
            const auto client = IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(1 + below(3)));
            const bool is_plain = below(4) == 0;
            if (below(3) == 0) now += std::chrono::seconds(3);
            const int events = attempt(parser, client, is_plain ? "bob" : hostile(), now);
            if (!is_plain) continue;
            ++plain;
            found += events > 0 ? 1U : 0U;
            EXPECT_LE(events, 1);
        }
        std::cout << found << " of " << plain << " plain ones found\n";
        if (GetParam().is_believed) {
            EXPECT_EQ(found, plain);
        } else {
            EXPECT_GT(found * 5, plain);
        }
    }

    std::mt19937 random_;
};

TEST_P(AProgramsOwnLog, NamesTheClientOfEachRecord)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    random_.seed(seed);
    attack(LogParser(MailServers(GetParam().server), {}, {}, GetParam().assured));
    attack(LogParser(MailServers::any(), {}, {}, GetParam().assured));
}

INSTANTIATE_TEST_SUITE_P(
    Of, AProgramsOwnLog,
    ::testing::Values(
        Form{"NginxInAFile",
             MailServer::nginx,
             "2026/11/23 22:30:58 [info] 12#12: *210 client login failed: \"Invalid login\" while "
             "in "
             "http auth state, client: {ip}, server: 0.0.0.0:465, login: \"{text}\"",
             raw,
             {},
             "",
             2047},
        Form{"NginxThatTellsOfACommand", MailServer::nginx,
             "2026/11/23 22:30:58 [info] 12#12: *210 client login failed: \"Invalid login\" while "
             "in "
             "http auth state, client: {ip}, server: 0.0.0.0:465, login: \"bob\"\n"
             "2026/11/23 22:30:58 [info] 12#12: *210 client sent too long command \"{text}\" while "
             "in "
             "auth state, client: {ip}, server: 0.0.0.0:465",
             raw},
        Form{
            "NginxThroughSyslog",
            MailServer::nginx,
            "Nov 23 22:30:58 mail nginx: 2026/11/23 22:30:58 [info] 12#12: *210 client login "
            "failed: "
            "\"Invalid login\" while in http auth state, client: {ip}, server: 0.0.0.0:465, login: "
            "\"{text}\"",
            in_syslog,
            {},
            "",
            0,
            true},
        Form{"NginxWithAnEcho",
             MailServer::nginx,
             "Nov 23 22:30:58 mail nginx: 2026/11/23 22:30:58 [info] 12#12: *210 client login "
             "failed: "
             "\"No user {text}\" while in http auth state, client: {ip}, server: 0.0.0.0:465, "
             "login: "
             "\"x\"",
             in_syslog,
             {},
             "",
             0,
             true},
        Form{"Mailu",
             MailServer::mailu,
             "[2026-11-23 22:30:58,601] INFO in nginx: Login attempt for: {text}/imap/993 from: "
             "{ip}/35618: failed: account disabled",
             in_repr,
             {},
             "",
             0,
             true},
        Form{"SnappyMail", MailServer::snappymail,
             "[2026-11-23 22:30:58] Auth failed: ip={ip} user={text} host=127.0.0.1 port=143", raw},
        Form{"SnappyMailsMainLog", MailServer::snappymail,
             "[2026-11-23 22:30:58.052][69105e66] IMAP[WARNING]: Auth failed: ip={ip} user={text} "
             "host=127.0.0.1 port=143",
             raw},
        Form{"SnappyMailThroughPhpsSyslog",
             MailServer::snappymail,
             "Auth failed: ip={ip} user={text}",
             raw,
             {},
             "Nov 23 22:30:58 web snappymail: "},
        Form{"PostalsCommands",
             MailServer::postal,
             "2026-11-23 22:30:58 +0000 WARN  Authentication failure for {ip} "
             "component=smtp-server\n"
             "2026-11-23 22:30:58 +0000 DEBUG <= {text}",
             one_line,
             {},
             "",
             0,
             true},
        Form{"Modoboa",
             MailServer::modoboa,
             "Nov 23 22:30:58 mail modoboa.auth: WARNING Failed connection attempt from '{ip}' as "
             "user '{text}'",
             in_syslog,
             {},
             "",
             0,
             true},
        Form{"Maddy",
             MailServer::maddy,
             "2026-11-23T22:30:58.052Z imap: authentication failed\t{\"reason\":\"unknown "
             "credentials\",\"src_ip\":\"{ip}:4711\",\"username\":\"{text}\"}",
             in_json,
             {},
             "",
             0,
             true},
        Form{"Axigen",
             MailServer::axigen,
             "2026-11-23 22:30:57 +0100 08 mail SMTP-IN:00000021: [198.51.100.1:25] connection "
             "accepted from [{ip}:4711]\n"
             "2026-11-23 22:30:58 +0100 16 mail SMTP-IN:00000021: << {text}\n"
             "2026-11-23 22:30:58 +0100 16 mail SMTP-IN:00000021: >> 535 Authentication failed",
             one_line,
             {},
             "",
             0,
             true},
        Form{"Domino",
             MailServer::domino,
             "[000738:000027-00007F1164C23700] 23-11-2026 22:30:58   SMTP Server: Authentication "
             "failed for user {text} ; connecting host {ip}",
             one_line,
             {},
             "",
             0,
             true},
        Form{"DominosComparison",
             MailServer::domino,
             "[000738:000027-00007F1164C23700] 23-11-2026 22:30:58   smtp: {text} [{ip}] "
             "authentication failure using internet password",
             one_line,
             {},
             "",
             0,
             true},
        Form{"Nextcloud",
             MailServer::nextcloud,
             "{\"reqId\":\"XaQ6ehNN\",\"level\":2,\"time\":\"2026-11-23T22:30:58+00:00\","
             "\"remoteAddr\":\"{ip}\",\"user\":\"--\",\"app\":\"core\",\"url\":\"/"
             "login\",\"message\":"
             "\"Login failed: {text} (Remote IP: {ip})\",\"userAgent\":\"x\"}",
             in_json,
             {.trusted_front_end = true},
             "",
             0,
             true},
        Form{"PostfixAdminInApachesLog",
             MailServer::postfixadmin,
             "[Mon Nov 23 22:30:58.123456 2026] [php:notice] [pid 12] [client {ip}:4711] "
             "PostfixAdmin "
             "admin login failed (username: {text}, ip_address: {ip}), referer: https://x/",
             in_apache,
             {},
             "",
             0,
             true},
        Form{"PostfixAdmin",
             MailServer::postfixadmin,
             "[23-Nov-2026 22:30:58 +0100] PostfixAdmin user login failed (username: {text}, "
             "ip_address: {ip})",
             one_line,
             {.escaped_line_feeds = true},
             "",
             0,
             true},
        Form{"Mailcow",
             MailServer::mailcow,
             "[23-Nov-2026 22:30:58 +0100] mailcow UI: Invalid password for {text} by {ip}",
             one_line,
             {.escaped_line_feeds = true},
             "",
             0,
             true}),
    [](const auto& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace mailban::own_logs_property_test
