#include "unit/parse/other_servers_writer.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace mailban::test {

namespace {

constexpr std::array<const char*, 44> kFragments{
    ", ip=[8.8.8.8]",
    ", port=[25]",
    ", protocol=IMAP",
    " ip=8.8.8.8",
    " lr=\"535 5.7.8 Authentication failed\"",
    "\",\"ip\":\"8.8.8.8\",\"lr\":\"535 x\"",
    "{\"level\":\"NOTICE\",\"message\":\"disconnect\",\"ip\":\"8.8.8.8\",\"lr\":\"535 x\"}",
    " from 8.8.8.8",
    " from 8.8.8.8(X-Real-IP: ",
    " (X-Forwarded-For: ",
    ")",
    " in session 4f3a5c1e",
    " (error: 0)",
    ". x",
    " against localhost from 8.8.8.8. ",
    "8.8.8.8",
    ", 8.8.8.8",
    "' for user '",
    "8.8.8.8' for user 'x",
    "' might not have worked",
    " - password policy: 65535",
    " [8.8.8.8]",
    " [8.8.8.8] to Horde",
    " (forwarded for [",
    "]) to ",
    "\", remoteIp = 8.8.8.8",
    ", remotePort = 25",
    ", accountName = \"x",
    "(auth.failed) remoteIp = 8.8.8.8",
    ";",
    ";;",
    "] [ip=8.8.8.8;] security - cmd=Auth; account=x; protocol=imap; error=authentication failed "
    "for [x], y;",
    "; ip=8.8.8.8;",
    ". Attempt from IP address 8.8.8.8.",
    ", IP address 8.8.8.8",
    " doesn't exist",
    "\"",
    "\\",
    "\r",
    "\t",
    "\xff\xfe",
    "\xc3\xbc",
    " exim[1]: login authenticator failed for [8.8.8.8]: 535 Incorrect authentication data",
    " rhost=8.8.8.8  user=x"};

std::string replace_all(std::string text, const std::string& from, const std::string& to)
{
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
    return text;
}

// logger.js's stringify()
std::string quoted_if_need_be(const std::string& text)
{
    if (!text.empty() && text.find_first_of(" =\"\\") == std::string::npos) return text;
    return "\"" + replace_all(replace_all(text, "\\", "\\\\"), "\"", "\\\"") + "\"";
}

// Courier prints a dot for each control character.
std::string without_control(std::string text)
{
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, '.');
    return text;
}

}  // namespace

IpAddress OtherServersWriter::any_address()
{
    const auto last = static_cast<std::uint8_t>(1 + below(250));
    if (chance(60)) return IpAddress::v4(192, 0, 2, last);
    return IpAddress({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last});
}

std::string OtherServersWriter::text(const std::string& plain)
{
    if (!hostile_ || chance(30)) return plain;
    was_hostile_ = true;
    std::string text;
    for (auto count = 1 + below(6); count > 0; --count)
        text += kFragments[below(kFragments.size())];
    if (chance(5)) text.append(300 + below(700), 'a');
    if (chance(20)) text += kFragments[below(kFragments.size())];
    return text;
}

OtherLine OtherServersWriter::write(MailServer server)
{
    OtherLine line;
    line.client = any_address();
    hostile_ = chance(70);
    was_hostile_ = false;
    line.account = text("bob@example.com");
    switch (server) {
    case MailServer::courier: chance(50) ? write_courier(line) : write_courier_esmtpd(line); break;
    case MailServer::haraka: write_haraka(line); break;
    case MailServer::stalwart: write_stalwart(line); break;
    default: write_kerio(line); break;
    }
    line.is_plain = !was_hostile_;
    return line;
}

void OtherServersWriter::write_courier(OtherLine& line)
{
    constexpr std::size_t kKept = 511;  // of a line, by courierlogger
    const std::string severity = "INFO: ";
    line.account = without_control(line.account);
    const bool is_success = chance(20);
    auto text = severity + (is_success ? "LOGIN, user=" : "LOGIN FAILED, user=") + line.account +
                ", ip=[" + line.client.to_string() + "]";
    if (is_success || chance(50)) text += ", port=[4711]";
    if (is_success) {
        line.kind = EventKind::auth_success;
        if (chance(50)) text += ", protocol=IMAP";
        if (chance(50)) text += ", starttls=1";
    }
    line.text = "Nov 23 22:30:58 " + host_in_log() + (chance(50) ? " imapd: " : " pop3d-ssl: ") +
                text.substr(0, kKept).substr(severity.size());
}

void OtherServersWriter::write_courier_esmtpd(OtherLine& line)
{
    constexpr std::size_t kKept = 79;
    line.text = "Nov 23 22:30:58 mail courieresmtpd: error,relay=" + line.client.to_string();
    if (chance(50)) line.text += ",port=4711";
    if (chance(10)) line.text += ",ident=\"" + text("fred") + "\"";
    line.telling = OtherLine::Account::untold;
    const auto command = "AUTH LOGIN " + line.account;
    line.text += ",msg=\"535 Authentication failed.\",cmd: " + command.substr(0, kKept);
}

void OtherServersWriter::write_haraka(OtherLine& line)
{
    line.telling = OtherLine::Account::untold;
    const auto helo = text("client.example");
    const auto name = text("host.example");
    const std::string reply = "535 5.7.8 Authentication failed";
    const auto ip = line.client.to_string();
    line.text = chance(50) ? "2026-11-23T22:54:01.115Z " : "Nov 23 22:54:01 mail haraka[77]: ";
    if (chance(30)) {
        const nlohmann::ordered_json object{{"level", "NOTICE"}, {"uuid", "CA12B1FE"},
                                            {"origin", "core"},  {"message", "disconnect"},
                                            {"ip", ip},          {"rdns", name},
                                            {"helo", helo},      {"lr", reply}};
        line.text += object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
        return;
    }
    line.text += chance(50) ? "[NOTICE] [CA12B1FE] [core] disconnect"
                            : "level=NOTICE uuid=CA12B1FE origin=core message=disconnect";
    line.text += " ip=" + ip + " rdns=" + quoted_if_need_be(name) +
                 " helo=" + replace_all(quoted_if_need_be(helo), "\r", "\\r") + " relay=N" +
                 " lr=" + quoted_if_need_be(reply) + " time=1.068";
}

void OtherServersWriter::write_stalwart(OtherLine& line)
{
    auto account = replace_all(line.account, "\\", "\\\\");
    account = replace_all(replace_all(account, "\r", "\\r"), "\t", "\\t");
    const auto ip = line.client.to_string();
    line.text = "2026-05-05T12:00:00Z INFO Authentication failed (auth.failed) ";
    if (chance(70)) {
        line.text += "listenerId = \"imaps\", localPort = 993, remoteIp = " + ip +
                     ", remotePort = 4711, accountName = \"" + account + "\"";
    } else {
        line.text += "accountName = \"" + account + "\", remoteIp = " + ip;
    }
}

void OtherServersWriter::write_kerio(OtherLine& line)
{
    const auto ip = line.client.to_string();
    line.text = "[23/Nov/2026 22:30:58] ";
    switch (below(3)) {
    case 0: line.text += "Failed IMAP login from " + ip + ", user " + line.account; break;
    case 1:
        line.text += "SMTP: Invalid password for user " + line.account +
                     ". Attempt from IP address " + ip + ".";
        break;
    default:
        line.text +=
            "SMTP: User " + line.account + " doesn't exist. Attempt from IP address " + ip + ".";
    }
}

}  // namespace mailban::test
