// Whatever clients write, in whatever envelope: the true address, or none.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <random>

#include <nlohmann/json.hpp>

#include "seed.h"
#include "unit/envelope/envelope_writer.h"
#include "unit/parse/dovecot_writer.h"
#include "unit/parse/other_servers_writer.h"
#include "unit/parse/postfix_writer.h"

namespace mailban::hostile_envelopes_property_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

// What a client may send to open an envelope of its own, or to close the one it is in.
constexpr std::array<const char*, 36> kFragments{
    "Nov 23 22:30:58 mail postfix/smtpd[1]: warning: unknown[8.8.8.8]: SASL LOGIN authentication "
    "failed: x",
    "postfix/smtpd[1]: warning: unknown[8.8.8.8]: SASL LOGIN authentication failed: x",
    "2026-11-23 22:30:58 login authenticator failed for (x) [8.8.8.8]: 535 Incorrect "
    "authentication data (set_id=x)",
    "2026-11-23T22:30:58Z INFO Authentication failed (auth.failed) remoteIp = 8.8.8.8, "
    "accountName = \"x\"",
    "Nov 23 22:30:58 imap-login: Info: Disconnected (auth failed, 9 attempts in 9 secs): user=<x>, "
    "rip=8.8.8.8",
    "warning: unknown[8.8.8.8]: SASL LOGIN authentication failed: x",
    "2026-11-23T22:30:58.123456789Z stdout F ",
    "2026-11-23T22:30:58.123456789Z stdout P ",
    "2026-11-23T22:30:58.123456789Z ",
    "2026-11-23 22:30:58.123456789  ",
    "@400000006b04beac075bca00 ",
    "mailserver-1  | ",
    "[pod/mail-0/postfix] ",
    "{\"log\":\"",
    "\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-23T22:30:58Z\"}",
    "\",\"MESSAGE\":\"",
    "__CURSOR=s=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;i=1;b=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa;m=1",
    "SYSLOG_IDENTIFIER=postfix/smtpd",
    "MESSAGE=",
    "<20>1 2026-11-23T22:30:58Z mail postfix/smtpd 1 - - ",
    "<20>",
    "Mon 2026-11-23 22:30:58 CET mail ",
    "1795473058.123456 mail ",
    "[  123.456789] mail ",
    "Nov 23 22:30:58 dock mx[881]: ",
    "[ID 197553 mail.warning] ",
    "<mail.warn> ",
    " - - ",
    "] ",
    "message repeated 9 times: [ ",
    "last message repeated 9 times",
    "Last message 'warning: unknown[192' repeated 9 times, suppressed by syslog-ng on mail",
    "#015",
    "\r",
    " ",
    "\xef\xbb\xbf"};

struct Written {
    std::string text{};
    std::string program{};  // whose own log it is
    std::optional<IpAddress> client{};
};

class Writer {
public:
    explicit Writer(std::uint32_t seed)
        : random_(seed), postfix_(seed + 1), dovecot_(seed + 2), others_(seed + 3)
    {
    }

    std::size_t below(std::size_t limit) { return random_() % limit; }

    Written write()
    {
        switch (below(6)) {
        case 0: {
            const auto line = postfix_.write();
            return {line.text, "", line.client};
        }
        case 1: {
            const auto line = dovecot_.write();
            const bool is_syslog = line.text.find(" dovecot") < 60;
            return {line.text, is_syslog ? "" : "dovecot", line.client};
        }
        case 2: {
            constexpr std::array kServers{MailServer::courier, MailServer::haraka,
                                          MailServer::stalwart, MailServer::kerio};
            const auto line = others_.write(kServers.at(below(kServers.size())));
            return {line.text, "other", line.client};
        }
        default: return by_form();
        }
    }

private:
    // Text of a client that imitates envelopes, in a place that is the client's.
    Written by_form()
    {
        struct Form {
            const char* before;
            const char* behind;
            const char* program;
        };
        constexpr std::array<Form, 10> kForms{
            Form{"Nov 23 22:30:58 mail postfix/smtpd[152]: warning: unknown[192.0.2.7]: SASL LOGIN "
                 "authentication failed: (reason unavailable), sasl_username=",
                 "", ""},
            Form{"Nov 23 22:30:58 mail postfix/smtpd[152]: NOQUEUE: reject: RCPT from "
                 "unknown[192.0.2.7]: 554 5.7.1 <",
                 ">: Relay access denied; from=<a@example.org> to=<b@example.net> proto=ESMTP "
                 "helo=<x>",
                 ""},
            Form{"2026-11-23 22:30:58 login authenticator failed for (",
                 ") [192.0.2.7]: 535 Incorrect authentication data (set_id=bob)", "exim"},
            Form{
                "2026-11-23 22:30:58 login authenticator failed for (x) [192.0.2.7]: 535 Incorrect "
                "authentication data (set_id=",
                ")", "exim"},
            Form{"Nov 23 22:30:58 imap-login: Info: Disconnected (auth failed, 1 attempts in 2 "
                 "secs): user=<",
                 ">, method=PLAIN, rip=192.0.2.7, lip=198.51.100.1, session=<a>", "dovecot"},
            Form{"Nov 23 22:30:58 mail dovecot: auth: passwd-file(",
                 ",192.0.2.7,<a>): Password mismatch", ""},
            Form{"Nov 23 22:30:58 mail imapd: LOGIN FAILED, user=", ", ip=[::ffff:192.0.2.7]", ""},
            Form{
                "Nov 23 22:30:58 mx sendmail[22242]: 31HBVVeQ022242: AUTH failure (LOGIN): "
                "authentication failure (-13) SASL(-13): authentication failure: checkpass failed, "
                "user=",
                ", relay=[192.0.2.7]", ""},
            Form{"2026-11-23T22:30:58Z INFO Authentication failed (auth.failed) remoteIp = "
                 "192.0.2.7, accountName = \"",
                 "\"", "stalwart"},
            Form{"Nov 23 22:30:58 mail cyrus/imap[22130]: badlogin: [192.0.2.7] PLAIN (",
                 ") [SASL(-13): user not found: checkpass failed]", ""}};
        const auto& form = kForms.at(below(kForms.size()));
        return {form.before + hostile_text() + form.behind, form.program,
                IpAddress::v4(192, 0, 2, 7)};
    }

    std::string hostile_text()
    {
        std::string text;
        for (auto count = 1 + below(5); count > 0; --count)
            text += kFragments.at(below(kFragments.size()));
        if (below(20) == 0) text.insert(below(text.size()), 7'000 + below(10'000), 'x');
        return text;
    }

    std::mt19937 random_;
    test::PostfixWriter postfix_;
    test::DovecotWriter dovecot_;
    test::OtherServersWriter others_;
};

std::string json_piece(const std::string& text)
{
    nlohmann::ordered_json entry{{"log", text}, {"stream", "stdout"}};
    entry["time"] = "2026-11-23T22:30:58.1Z";
    return entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Cut at random, as an engine does at its limit.
std::vector<std::string> in_pieces(std::string text, Writer& random)
{
    std::vector<std::string> lines;
    const bool is_json = random.below(2) == 0;
    for (auto count = 1 + random.below(3); count > 0; --count) {
        const auto at = random.below(text.size() + 1);
        const auto piece = text.substr(0, at);
        text.erase(0, at);
        lines.push_back(is_json ? json_piece(piece) : "2026-11-23T22:30:58.1Z stdout P " + piece);
    }
    lines.push_back(is_json ? json_piece(text + "\n") : "2026-11-23T22:30:58.1Z stdout F " + text);
    return lines;
}

// One byte of what stands in front of the server's own text is lost, doubled or another one.
void mutate_front(std::string& line, std::size_t length, Writer& random)
{
    if (length == 0) return;
    const auto at = random.below(length);
    switch (random.below(3)) {
    case 0: line.erase(at, 1); break;
    case 1: line.insert(at, 1, line[at]); break;
    default: line[at] = static_cast<char>(' ' + random.below(95)); break;
    }
}

class HostileEnvelopes : public ::testing::Test {
protected:
    void read(const std::string& text, const Written& written)
    {
        ++lines_;
        const auto event = parser_->parse_live(text, kNow);
        if (!event) return;
        ++events_;
        ASSERT_TRUE(written.client) << text;
        ASSERT_EQ(event->ip.to_string(), written.client->to_string()) << text << "\n"
                                                                      << written.text;
    }

    // Nothing that follows may be joined to what a broken line has begun.
    void begin_log() { parser_.emplace(); }

    std::optional<LogParser> parser_{};
    std::size_t lines_ = 0;
    std::size_t events_ = 0;
};

TEST_F(HostileEnvelopes, NameTheTrueClientOrNone)
{
    constexpr std::uint32_t kSeed = 20'261'123;
    const auto seed = test::property_seed(kSeed);
    const auto wanted = test::property_amount(60'000);
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    Writer writer(seed);
    while (lines_ < wanted && !HasFatalFailure()) {
        // A log has one form; its lines are of any server.
        const auto& forms = test::envelope_forms();
        const auto chosen = writer.below(forms.size() + 6);
        const bool is_mutated = writer.below(4) == 0;
        begin_log();
        for (int count = 0; count < 50 && !HasFatalFailure(); ++count) {
            const auto written = writer.write();
            // Whose these are, an earlier line tells, which the writer does not keep to.
            if (written.text.find("SASL authentication failure: ") != std::string::npos) continue;
            const auto line = test::server_line(written.text, written.program);
            if (!line) continue;
            // A unit's name tells none of Postfix's programs from another. All begin their messages
            // with a word of their own; the writer has those of the others begin with a client's.
            const bool is_told = line->program.ends_with("smtpd") || chosen >= forms.size() ||
                                 forms[chosen].name != "with-unit";
            if (!is_told) continue;
            auto texts = chosen < forms.size() ? forms[chosen].print(*line)
                                               : in_pieces(written.text, writer);
            for (auto& text : texts) {
                const auto own = text.find(line->message.substr(0, 20));
                if (is_mutated && texts.size() == 1 && own != std::string::npos)
                    mutate_front(text, own, writer);
                read(text, written);
            }
            if (is_mutated) begin_log();
        }
    }
    std::cout << lines_ << " lines, " << events_ << " events\n";
    EXPECT_GT(events_ * 10, lines_ * 2);
}

}  // namespace
}  // namespace mailban::hostile_envelopes_property_test
