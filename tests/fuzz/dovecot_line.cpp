// Failure lines whose user name and password are the fuzzer's: the true client or none.
#include "mailban/parse/log_parser.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

const mailban::Timestamp kNow{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};

// As Dovecot prints what a client sent: control characters as "?", the end cut off.
std::string sanitized(std::string text, std::size_t longest)
{
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < 32) c = '?';
    if (text.size() > longest) text = text.substr(0, longest - 3) + "...";
    return text;
}

void check(const std::string& line)
{
    for (const auto& servers :
         {mailban::MailServers::any(), mailban::MailServers(mailban::MailServer::dovecot)}) {
        mailban::LogParser parser(servers);
        const auto event = parser.parse(line, kNow);
        if (!event) continue;
        if (event->ip != mailban::IpAddress::v4(192, 0, 2, 7)) std::abort();
        if (event->kind != mailban::EventKind::auth_failure) std::abort();
        if (event->attempts != 1) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string input(reinterpret_cast<const char*>(data), size);
    const auto cut = std::min(input.find('\n'), input.size());
    const auto name = sanitized(input.substr(0, cut), 80);
    const auto short_name = sanitized(input.substr(0, cut), 64);
    const auto password = sanitized(input.substr(cut), 1024);

    const std::string failed = ": Disconnected (auth failed, 1 attempts in 2 secs): ";
    check("Nov 23 22:26:32 mail dovecot: imap-login" + failed + "user=<" + name +
          ">, method=PLAIN, rip=192.0.2.7, lip=192.0.2.1, TLS, session=<To9TGPlgTZrGM2Rh>");
    check("Nov 23 22:26:32 mail dovecot: imap-login" + failed + "rip=192.0.2.7, user=<" + name +
          ">");
    check("Nov 23 22:26:32 mail dovecot: imap-login" + failed + "method=PLAIN, user=<" + name +
          ">, rip=192.0.2.7");
    const auto said = "unknown user (given password: " + password + ")";
    check("Nov 23 22:26:32 auth: Info: sql(" + short_name + ",192.0.2.7): " + said);
    check("Nov 23 22:26:32 mail dovecot: auth-worker(4711): sql(" + short_name +
          ",192.0.2.7,<To9TGPlgTZrGM2Rh>): " + said);
    check("Nov 23 22:26:32 auth(" + short_name +
          ",192.0.2.7,sasl:plain)<To9TGPlg>: Info: sql: " + said);
    check("Nov 23 22:26:32 mail dovecot: auth-worker(" + short_name +
          ",192.0.2.7)<4711><To9TGPlg>: request [12]: sql: " + said);
    return 0;
}
