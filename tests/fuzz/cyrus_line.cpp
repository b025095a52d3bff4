// Cyrus IMAP's lines with a mechanism and an account of the fuzzer's: the true client or none, and
// a failure is one whatever the account.
#include "mailban/parse/log_parser.h"

#include <cstdlib>

#include "fields.h"

namespace {

std::optional<mailban::Event> parse(const std::string& message)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    mailban::LogParser parser;
    auto event = parser.parse("Nov 23 22:48:20 mail cyrus/imap[90]: " + message, now);
    if (event && event->ip != mailban::IpAddress::v4(192, 0, 2, 7)) std::abort();
    return event;
}

void expect_failure(const std::string& message, const std::string& account)
{
    const auto event = parse(message);
    if (!event || event->kind != mailban::EventKind::auth_failure) std::abort();
    if (event->account && *event->account != account) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const auto fields = mailban::fuzz::fields_of(data, size, 2);
    const std::string bad = "badlogin: 8.8.8.8 [192.0.2.7] ";
    expect_failure(bad + "plaintext (" + fields[0] + ") invalid user", fields[0]);
    expect_failure(
        bad + "plaintext (" + fields[0] + ") [SASL(-13): user not found: checkpass failed]",
        fields[0]);
    expect_failure(bad + "PLAIN (" + fields[0] + ") [authentication failure]", fields[0]);
    parse(bad + mailban::fuzz::without(fields[1], ' ') + " (" + fields[0] + ") [generic failure]");
    parse("login: [192.0.2.7] " + fields[0] + " PLAIN User logged in SESSIONID=<x>");
    if (parse("client id sessionid=<x>: \"name\" \"" + fields[0] + "\"")) std::abort();
    return 0;
}
