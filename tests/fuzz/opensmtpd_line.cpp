// A session of OpenSMTPD with a host name, an account and a command of the fuzzer's: the true
// client or none, and a failure is one whatever stood before it.
#include "mailban/parse/log_parser.h"

#include <cstdlib>

#include "fields.h"

namespace {

class Session {
public:
    std::optional<mailban::Event> log(const std::string& message)
    {
        const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
        auto event = parser_.parse("Nov 23 22:52:49 mail smtpd[65]: " + message, now);
        if (event && event->ip != mailban::IpAddress::v4(192, 0, 2, 7)) std::abort();
        return event;
    }

private:
    mailban::LogParser parser_{};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const auto fields = mailban::fuzz::fields_of(data, size, 3);
    const auto account = mailban::fuzz::without(fields[1], ' ');
    const std::string id = "980a4c722859b973 smtp ";
    Session session;
    session.log(id + "connected address=192.0.2.7 host=" + fields[0]);
    session.log(id + "failed-command command=\"" + fields[2] + "\" result=\"500 5.5.1 No\"");
    session.log("smtp-in: Failed command on session 980a4c722859b973: \"" + fields[2] +
                "\" => 500 5.5.1 No");
    const auto event = session.log(id + "authentication user=" + account + " result=permfail");
    if (!event || event->kind != mailban::EventKind::auth_failure) std::abort();
    if (event->account != account) std::abort();
    if (session.log("980a4c722859b974 mta error reason=" + fields[2])) std::abort();
    return 0;
}
