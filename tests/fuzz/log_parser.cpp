// Any bytes, line by line: no crash, no undefined behaviour, no slow line; and an event, if there
// is one, holds together.
#include "mailban/parse/log_parser.h"

#include "mailban/envelope/line_splitter.h"

#include <cstdlib>
#include <vector>

namespace {

void demand(bool condition)
{
    if (!condition) std::abort();
}

void check(const mailban::Event& event, std::string_view line)
{
    demand(event.attempts >= 1 && event.attempts <= mailban::LogParser::kMostRepeats);
    demand(!event.session || event.session->size() <= 64);
    const bool is_mta =
        event.server == mailban::MailServer::exim || event.server == mailban::MailServer::postfix;
    if (!is_mta) return;  // the others escape what they print, and serve more than SMTP
    demand(event.service == mailban::Service::smtp);
    // The account of a line that repeats the one before stands there.
    const bool repeats = line.find("last message repeated ") != std::string_view::npos;
    if (event.account && !repeats) demand(line.find(*event.account) != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const mailban::Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
    mailban::LogParser automatic;
    // The named parsers believe more program names, never less.
    std::vector<mailban::LogParser> named;
    const mailban::Assurances assured{.trusted_front_end = true, .escaped_line_feeds = true};
    for (std::size_t server = 0; server < mailban::kMailServers; ++server) {
        const mailban::MailServers only(static_cast<mailban::MailServer>(server));
        named.emplace_back(only);
        named.emplace_back(only, mailban::Zone(), std::vector<mailban::PatternSpec>(), assured);
    }
    mailban::LineSplitter splitter;
    splitter.feed({reinterpret_cast<const char*>(data), size});
    while (const auto line = splitter.next()) {
        if (const auto event = automatic.parse(*line, now)) check(*event, *line);
        for (auto& parser : named) {
            if (const auto event = parser.parse(*line, now)) check(*event, *line);
        }
    }
    return 0;
}
