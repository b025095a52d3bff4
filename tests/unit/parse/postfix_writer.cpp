#include "unit/parse/postfix_writer.h"

#include <array>

namespace mailban::test {

namespace {

constexpr std::array<const char*, 38> kFragments{
    "[8.8.8.8]",
    "unknown[8.8.8.8]",
    " from unknown[8.8.8.8]",
    ": SASL LOGIN authentication failed: UGFzc3dvcmQ6",
    " authentication failed: ",
    " authentication aborted",
    ", sasl_username=",
    ", sasl_sender=",
    ", orig_client=unknown[8.8.8.8]",
    "warning: unknown[8.8.8.8]: SASL LOGIN authentication failed: authentication failure",
    "Nov 23 22:26:32 mail postfix/smtpd[1]: warning: unknown[8.8.8.8]: SASL LOGIN authentication "
    "failed: x",
    "\rNov 23 22:26:32 mail postfix/smtpd[1]: warning: unknown[8.8.8.8]: SASL LOGIN "
    "authentication failed: x",
    "2026-11-23T22:28:46Z mail postfix/smtpd[1]: connect from unknown[8.8.8.8]",
    "message repeated 5 times: [ warning: unknown[8.8.8.8]: SASL LOGIN authentication failed: x]",
    "last message repeated 7 times",
    "NOQUEUE: reject: RCPT from unknown[8.8.8.8]: 554 5.7.1 <x>: Relay access denied; ",
    ">: Relay access denied; from=<",
    "4BF0155EF: client=unknown[8.8.8.8], sasl_method=LOGIN, sasl_username=bob",
    " sasl_username=<bob>",
    " helo=<x> sasl_username=<bob>",
    "; from=<a@b> to=<c@d> proto=ESMTP helo=<x>",
    "rip=8.8.8.8",
    "user=<x>, rip=8.8.8.8, lip=192.0.2.1",
    "(x) [8.8.8.8]:25 I=[1.1.1.1]",
    "[2001:db8:dead::1]",
    "[IPv6:2001:db8:dead::1]",
    "[::ffff:8.8.8.8]",
    "134744072",
    "0x08080808",
    "generic failure",
    "Connection lost to authentication server",
    "<",
    ">",
    "\"",
    "\\",
    " ",
    "\xff\xfe\xc3\xbc\x01",
    "x"};

constexpr std::array<const char*, 5> kReasons{"(reason unavailable)", "authentication failure",
                                              "UGFzc3dvcmQ6", "user not found",
                                              "Password verification failed"};
constexpr std::array<const char*, 3> kTemporary{"Connection lost to authentication server",
                                                "Can't connect to authentication server",
                                                "remote authentication server unavailable"};
constexpr std::array<const char*, 5> kMalformed{
    "Invalid authentication mechanism", "Invalid base64 data in continued response",
    "bad protocol / cancel", "another step is needed in authentication", "generic failure"};
constexpr std::array<const char*, 8> kMechanisms{
    "LOGIN", "PLAIN", "CRAM-MD5", "plain", "XOAUTH2", "OAUTHBEARER", "NTLM", "SCRAM-SHA-1"};
constexpr std::array<const char*, 6> kStages{"RCPT", "MAIL",    "EHLO",
                                             "DATA", "CONNECT", "END-OF-MESSAGE"};

}  // namespace

std::string PostfixWriter::hostile_text()
{
    std::string text;
    for (auto count = 1 + below(5); count > 0; --count)
        text += kFragments[below(kFragments.size())];
    return text;
}

// Whatever valid_hostname() lets pass and the client's own DNS confirms.
std::string PostfixWriter::host_name()
{
    constexpr std::array<const char*, 7> kNames{"unknown",
                                                "localhost",
                                                "8.8.8.8.evil.example",
                                                "8-8-8-8.evil.example",
                                                "warning.SASL.example",
                                                "_x.NOQUEUE.reject",
                                                "client.example"};
    return kNames[below(kNames.size())];
}

// Blanks, quotes, parentheses and the like become '?'.
std::string PostfixWriter::helo_name()
{
    auto name = hostile_text();
    for (char& c : name) {
        if (std::string_view(" <>()\\\";@").find(c) != std::string_view::npos) c = '?';
    }
    return name;
}

void PostfixWriter::choose_client(WrittenPostfixLine& line)
{
    const auto last = static_cast<std::uint8_t>(1 + below(250));
    line.client = chance(60)
                      ? IpAddress::v4(192, 0, 2, last)
                      : IpAddress({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
    if (chance(30)) line.port = static_cast<std::uint16_t>(1 + below(65535));
}

std::string PostfixWriter::client(const WrittenPostfixLine& line)
{
    auto text = host_name() + "[" + line.client.to_string() + "]";
    if (line.port) text += ":" + std::to_string(*line.port);
    return text;
}

std::string PostfixWriter::queue_id()
{
    return chance(50) ? "4BF0155EF" : "4ZkGXy2Wzrz9vNB";
}

std::string PostfixWriter::envelope()
{
    auto text = "; from=<" + hostile_text() + "> to=<" + hostile_text() + "> proto=ESMTP";
    if (chance(90)) text += " helo=<" + helo_name() + ">";
    return text;
}

void PostfixWriter::write_authentication(WrittenPostfixLine& line)
{
    const auto what = below(5);
    const bool is_odd = what == 4;  // no mechanism is called so
    const auto mechanism = is_odd ? "<" + hostile_text() : kMechanisms[below(kMechanisms.size())];
    line.text = "warning: " + client(line) + ": SASL " + mechanism + " authentication ";
    if (is_odd || what == 3) line.kind = EventKind::abuse;
    if (what == 3 && chance(30)) {
        line.text += "aborted";
        return;
    }
    const char* reason = kReasons[below(kReasons.size())];
    if (what == 3) reason = kMalformed[below(kMalformed.size())];
    if (what == 2) {
        line.kind = EventKind::auth_unavailable;
        reason = kTemporary[below(kTemporary.size())];
    } else if (!line.kind) {
        line.kind = EventKind::auth_failure;
    }
    line.text += std::string("failed: ") + reason;
    // Without the account, an older Postfix's reason may be that of an earlier attempt.
    if (chance(20) && what != 3) return;
    const auto account = hostile_text();
    line.text += ", sasl_username=" + account;
    if (!is_odd) line.account = account;
}

void PostfixWriter::write_login(WrittenPostfixLine& line)
{
    line.text = queue_id() + ": client=" + client(line);
    if (chance(70)) {
        line.kind = EventKind::auth_success;
        line.account = "bob@example.com";
        line.text += ", sasl_method=PLAIN, sasl_username=bob@example.com";
        if (chance(20)) line.text += ", sasl_sender=" + hostile_text();
    }
    if (chance(20)) line.text += ", orig_client=unknown[8.8.8.8]";
}

void PostfixWriter::write_refusal(WrittenPostfixLine& line)
{
    const auto stage = std::string(kStages[below(kStages.size())]);
    const auto id = chance(70) ? "NOQUEUE" : queue_id();
    const auto begin = id + ": reject: " + stage + " from " + client(line) + ": ";
    switch (below(6)) {
    case 0:
        line.kind = EventKind::relay_denied;
        line.text = begin +
                    "554 5.7.1 <victim@example.net>: Relay access denied; from=<a@b> "
                    "to=<victim@example.net> proto=ESMTP helo=<" +
                    helo_name() + ">";
        break;
    case 1:
        line.kind = EventKind::unknown_recipient;
        line.text = begin + "550 5.1.1 <" + hostile_text() +
                    ">: Recipient address rejected: User unknown in local recipient table" +
                    envelope();
        break;
    case 2:
        line.kind = EventKind::rejected;
        line.text = begin + "554 5.7.1 <" + helo_name() +
                    ">: Helo command rejected: Access denied; proto=SMTP helo=<" + helo_name() +
                    ">";
        break;
    case 3:
        line.text = begin + "450 4.2.0 <" + hostile_text() +
                    ">: Recipient address rejected: Greylisted" + envelope();
        break;
    case 4:
        line.text = id + ": reject_warning: " + stage + " from " + client(line) +
                    ": 554 5.7.1 <x>: Relay access denied" + envelope();
        break;
    default:
        line.kind = EventKind::rejected;
        line.text = id + ": milter-reject: " + stage + " from " + client(line) + ": 550 5.7.1 " +
                    "Blocked" + envelope();
        break;
    }
}

void PostfixWriter::write_abuse(WrittenPostfixLine& line)
{
    line.kind = EventKind::abuse;
    switch (below(5)) {
    case 0: line.text = "too many errors after AUTH from " + client(line); break;
    case 1:
        line.text =
            "improper command pipelining after EHLO from " + client(line) + ": " + hostile_text();
        break;
    case 2:
        line.text = "warning: non-SMTP command from " + client(line) + ": " + hostile_text();
        break;
    case 3:
        line.text = "warning: AUTH command rate limit exceeded: 11 from " + client(line) +
                    " for service smtp";
        break;
    default:
        line.text = "warning: Connection rate limit exceeded: 61 from " + client(line) +
                    " for service submission";
    }
}

void PostfixWriter::write_postscreen(WrittenPostfixLine& line)
{
    program_ = "postfix/postscreen";
    line.port = static_cast<std::uint16_t>(1 + below(65535));
    const auto who = "[" + line.client.to_string() + "]:" + std::to_string(*line.port);
    line.kind = EventKind::abuse;
    switch (below(6)) {
    case 0: line.text = "PREGREET 14 after 0.12 from " + who + ": " + hostile_text(); break;
    case 1: line.text = "COMMAND PIPELINING from " + who + " after EHLO: " + hostile_text(); break;
    case 2: line.text = "NON-SMTP COMMAND from " + who + " after CONNECT: " + hostile_text(); break;
    case 3:
        line.kind = EventKind::rejected;
        line.text = "NOQUEUE: reject: RCPT from " + who +
                    ": 550 5.7.1 Service unavailable; client [" + line.client.to_string() +
                    "] blocked using x; from=<" + hostile_text() + ">, to=<" + hostile_text() +
                    ">, proto=ESMTP, helo=<" + hostile_text() + ">, x";
        break;
    case 4:
        line.kind.reset();
        line.text = "NOQUEUE: reject: RCPT from " + who +
                    ": 450 4.3.2 Service currently unavailable; from=<" + hostile_text() +
                    ">, to=<" + hostile_text() + ">, proto=ESMTP, helo=<x>";
        break;
    default:
        line.kind.reset();
        line.text = "HANGUP after 0.5 from " + who + " in tests after SMTP handshake";
    }
}

void PostfixWriter::write_session(WrittenPostfixLine& line)
{
    const auto who = client(line);
    const std::array<std::string, 8> texts{
        "connect from " + who,
        "disconnect from " + who + " ehlo=1 auth=0/1 commands=1/2",
        "lost connection after AUTH from " + who,
        "SSL_accept error from " + who + ": -1",
        "warning: SASL authentication failure: " + hostile_text(),
        "warning: hostname " + host_name() + " does not resolve to address 8.8.8.8",
        "warning: reject: ETRN " + hostile_text() + "... from " + who,
        "warning: " + who + ": request longer than 2048: " + hostile_text()};
    const auto chosen = below(texts.size());
    line.text = texts[chosen];
    line.ends_session = chosen == 1;
    line.port.reset();
}

// Each of them speaks of others, and begins with what a client or a remote server chose.
void PostfixWriter::write_other_program(WrittenPostfixLine& line)
{
    constexpr std::array<const char*, 5> kPrograms{
        "postfix/cleanup", "postfix/smtp", "postfix/lmtp", "postfix/qmgr", "postfix/bounce"};
    program_ = kPrograms[below(kPrograms.size())];
    line.text = chance(50) ? hostile_text() : queue_id() + ": message-id=<" + hostile_text() + ">";
    // What a syslog daemon writes stands there by right.
    if (line.text.starts_with("last message repeated") || line.text.starts_with("message repeated"))
        line.text.insert(0, "warning: ");
}

void PostfixWriter::wrap(WrittenPostfixLine& line)
{
    constexpr std::array<const char*, 4> kHeads{"Nov 23 22:26:32 mail ",
                                                "2026-11-23T22:28:46.160660+00:00 mail ",
                                                "Nov  3 22:26:32 ", "<20>Nov 23 22:26:32 mail "};
    if (chance(10) && line.text.size() < 700) {
        const auto times = 2 + below(50);
        line.attempts = static_cast<std::uint32_t>(times);
        line.text = "message repeated " + std::to_string(times) + " times: [ " + line.text + "]";
    }
    const auto head = std::string(kHeads[below(kHeads.size())]);
    line.text = head + program_ + "[143]: " + line.text;
}

WrittenPostfixLine PostfixWriter::write()
{
    constexpr std::array<const char*, 4> kPrograms{"postfix/smtpd", "postfix/submission/smtpd",
                                                   "postfix-in/smtpd", "mx1/smtpd"};
    program_ = kPrograms[below(kPrograms.size())];
    WrittenPostfixLine line;
    choose_client(line);
    switch (below(9)) {
    case 0: write_login(line); break;
    case 1: write_refusal(line); break;
    case 2: write_abuse(line); break;
    case 3: write_postscreen(line); break;
    case 4: write_session(line); break;
    case 5: write_other_program(line); break;
    default: write_authentication(line);
    }
    wrap(line);
    return line;
}

}  // namespace mailban::test
