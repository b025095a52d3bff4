// A failure line whose HELO name, ident reply and account are the fuzzer's: the true client or
// none.
#include "mailban/parse/log_parser.h"

#include <cstdlib>

#include "fields.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    const auto fields = mailban::fuzz::fields_of(data, size, 4);
    std::string line =
        "2026-11-23 22:26:28 login authenticator failed for (" + fields[0] + ") [192.0.2.7]";
    if (!fields[1].empty()) line += ":25 I=[192.0.2.1]:25";
    if (!fields[2].empty()) line += " U=" + fields[2].substr(0, 508);
    line += ": 535 Incorrect authentication data";
    if (!fields[3].empty()) line += " (set_id=" + fields[3] + ")";

    mailban::LogParser parser;
    const auto event = parser.parse(line, now);
    if (!event) return 0;
    if (event->ip != mailban::IpAddress::v4(192, 0, 2, 7)) std::abort();
    if (event->kind != mailban::EventKind::auth_failure) std::abort();
    if (event->account && event->account != fields[3]) std::abort();
    return 0;
}
