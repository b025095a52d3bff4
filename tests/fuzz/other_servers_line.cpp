// Lines of the smaller servers whose texts are the fuzzer's: the true client or none.
#include "mailban/parse/log_parser.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

// The fuzzer's bytes cut at NUL: fields as a client could send them.
std::vector<std::string> fields_of(const unsigned char* data, std::size_t size)
{
    std::vector<std::string> fields(1);
    for (const auto* byte = data; byte != data + size; ++byte) {
        if (*byte == 0) {
            fields.emplace_back();
        } else if (*byte != '\n') {
            fields.back() += static_cast<char>(*byte);
        }
    }
    fields.resize(std::max<std::size_t>(fields.size(), 2));
    return fields;
}

std::string doubled(const std::string& text, char which)
{
    std::string result;
    for (const char c : text) {
        if (c == which) result += c;
        result += c;
    }
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    const auto fields = fields_of(data, size);
    const auto& user = fields[0];
    const auto& other = fields[1];
    const auto cut = [](std::string message) { return message.substr(0, 505); };
    const std::array<std::string, 11> lines{
        "Nov 23 22:30:58 mail imapd: " +
            cut("LOGIN FAILED, user=" + user + ", ip=[192.0.2.7], port=[1]"),
        "Nov 23 22:30:58 mail courieresmtpd: error,relay=192.0.2.7,port=1,ident=\"" + other +
            "\",msg=\"535 Authentication failed.\",cmd: AUTH LOGIN " + user.substr(0, 68),
        "[23-Nov-2026 22:30:58 +0000]: <4f3a5c1e> Failed login for " + user +
            " from 192.0.2.7(X-Forwarded-For: " + other + ") in session 4f3a5c1e (error: 0)",
        "Nov 23 22:30:58 sogod [1234]: SOGoRootPage Login from '192.0.2.7' for user '" + user +
            "' might not have worked",
        "Nov 23 22:30:58 sogod [1234]: 192.0.2.7 \"POST /SOGo/connect HTTP/1.1\" 403 34/81 0.015",
        "2026-11-23T22:30:58+00:00 ERR: HORDE [horde] FAILED LOGIN for " + user +
            " to horde (192.0.2.7) (forwarded for [" + other + "]) [pid 1 on line 1 of \"/x\"]",
        "2026-11-23T22:30:58+00:00 ERR: HORDE [imp] FAILED LOGIN for " + user +
            " (192.0.2.7) (forwarded for [" + other + "]) to {x} [pid 1 on line 1 of \"/x\"]",
        "2026-05-05T12:00:00Z INFO Authentication failed (auth.failed) accountName = \"" +
            doubled(user, '\\') + "\", remoteIp = 192.0.2.7",
        "2026-11-23 22:30:58,123 WARN  [ImapServer-7] [ip=192.0.2.7;ua=" + doubled(other, ';') +
            ";] security - cmd=Auth; account=" + doubled(user, ';') +
            "; protocol=imap; error=authentication failed for [x], invalid password;",
        "[23/Nov/2026 22:30:58] SMTP: Invalid password for user " + user +
            ". Attempt from IP address 192.0.2.7.",
        "2026-11-23T22:54:01.115Z [NOTICE] [U] [core] disconnect ip=192.0.2.7 helo=" +
            other.substr(0, other.find_first_of(" =\"\\")) +
            " lr=\"535 5.7.8 Authentication failed\""};
    auto servers = mailban::MailServers::any();
    servers.insert(mailban::MailServer::sogo);
    servers.insert(mailban::MailServer::horde);
    const mailban::Assurances assured{.trusted_front_end = true, .escaped_line_feeds = true};
    mailban::LogParser parser(servers, {}, {}, assured);
    for (const auto& line : lines) {
        // Each alone, but for SOGo's second line.
        if (line.find("POST /SOGo") == std::string::npos)
            parser = mailban::LogParser(servers, {}, {}, assured);
        const auto event = parser.parse(line, now);
        if (event && event->ip != mailban::IpAddress::v4(192, 0, 2, 7)) std::abort();
    }
    return 0;
}
