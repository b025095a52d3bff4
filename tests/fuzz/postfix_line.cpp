// Lines whose mechanism, account, recipient, sender and HELO name are the fuzzer's: the true client
// or none.
#include "mailban/parse/log_parser.h"

#include <algorithm>
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
    fields.resize(std::max<std::size_t>(fields.size(), 5));
    return fields;
}

// Checks that whatever the line tells is told of 192.0.2.7, a line of that client's.
void check(const std::string& message)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    mailban::LogParser parser;
    const auto event = parser.parse("Nov 23 22:26:32 mail postfix/smtpd[1]: " + message, now);
    if (!event) return;
    if (event->ip != mailban::IpAddress::v4(192, 0, 2, 7)) std::abort();
    if (event->kind == mailban::EventKind::auth_success || event->attempts != 1) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const auto fields = fields_of(data, size);
    const std::string client = "8.8.8.8.example[192.0.2.7]";
    const auto envelope =
        "; from=<" + fields[1] + "> to=<" + fields[2] + "> proto=ESMTP helo=<" + fields[3] + ">";
    check("warning: " + client + ": SASL " + fields[0] + " authentication failed: " + fields[1] +
          ", sasl_username=" + fields[2]);
    check("warning: " + client + ": SASL " + fields[0] + " authentication aborted");
    check("NOQUEUE: reject: RCPT from " + client + ": " + fields[0] + envelope);
    check("NOQUEUE: reject: RCPT from " + client + ": 554 5.7.1 <" + fields[4] +
          ">: Relay access denied" + envelope);
    check("improper command pipelining after EHLO from " + client + ": " + fields[0]);
    check("warning: non-SMTP command from " + client + ": " + fields[0]);
    check("4BF0155EF: client=" + client + ", orig_client=" + fields[0]);
    check("warning: SASL authentication failure: " + fields[0]);
    return 0;
}
