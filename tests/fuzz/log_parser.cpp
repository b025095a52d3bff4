// Any bytes, line by line: no crash, no undefined behaviour, no slow line; and an event, if there
// is one, holds together.
#include "mailban/parse/log_parser.h"

#include "mailban/parse/line_splitter.h"

#include <cstdlib>

namespace {

void demand(bool condition)
{
    if (!condition) std::abort();
}

void check(const mailban::Event& event, std::string_view line)
{
    demand(event.attempts >= 1);
    if (event.server == mailban::MailServer::exim) demand(event.service == mailban::Service::smtp);
    if (event.session) demand(event.session->size() <= 64);
    if (event.account) demand(line.find(*event.account) != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    mailban::LogParser automatic;
    mailban::LogParser exim(mailban::MailServers{mailban::MailServer::exim});
    mailban::LogParser dovecot(mailban::MailServers{mailban::MailServer::dovecot});
    mailban::LineSplitter splitter;
    splitter.feed({reinterpret_cast<const char*>(data), size});
    while (const auto line = splitter.next()) {
        const auto found = automatic.parse(*line, now);
        if (found) check(*found, *line);
        // The named parser believes more program names, never less.
        for (auto* parser : {&exim, &dovecot}) {
            const auto named = parser->parse(*line, now);
            if (named) check(*named, *line);
        }
    }
    return 0;
}
