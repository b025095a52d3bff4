// Sendmail's lines with a mechanism, an account and a recipient of the fuzzer's: the true client or
// none, and a failure is one whatever the account.
#include "mailban/parse/log_parser.h"

#include <cstdlib>

#include "fields.h"

namespace {

constexpr const char* kHead = "Nov 23 22:36:55 mail sm-mta[9]: 6ANMasu8000114: ";
constexpr const char* kRelay = ", relay=host-9.x.example [192.0.2.7] (may be forged)";

std::optional<mailban::Event> parse(const std::string& message)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    mailban::LogParser parser;
    auto event = parser.parse(kHead + message, now);
    if (event && event->ip != mailban::IpAddress::v4(192, 0, 2, 7)) std::abort();
    return event;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const auto fields = mailban::fuzz::fields_of(data, size, 4);
    // Sendmail cuts longer lines into pieces.
    if (size > 400) return 0;
    const auto event =
        parse("AUTH failure (LOGIN): user not found (-20) SASL(-13): user not found: " + fields[0] +
              ", user=" + fields[1] + kRelay);
    if (!event || event->kind != mailban::EventKind::auth_failure) std::abort();
    if (event->account && *event->account != fields[1]) std::abort();
    parse("AUTH failure (" + mailban::fuzz::without(fields[2], ' ') +
          "): no mechanism available (-4) SASL(-4): " + fields[0] + ", user=" + kRelay);
    parse("ruleset=check_rcpt, arg1=<" + fields[3] + ">" + kRelay + ", reject=550 5.7.1 <" +
          fields[3] + ">... Relaying denied");
    parse("host-9.x.example [192.0.2.7]: VRFY " + fields[3] + " [rejected]");
    if (parse("<" + fields[3] + ">... User unknown")) std::abort();
    if (parse("from=<" + fields[3] + ">, size=1, class=0, nrcpts=0" + kRelay)) std::abort();
    return 0;
}
