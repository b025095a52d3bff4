#include "routing.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

// "exim", "exim4", "Exim-in": what syslog_processname is likely to be.
bool is_exim_program(std::string_view program) noexcept
{
    return program.starts_with("exim") || program.starts_with("Exim");
}

// "postfix/smtpd", "postfix-in/submission/smtpd", and, whatever syslog_name says, "x/smtpd".
bool is_postfix_program(std::string_view program) noexcept
{
    return program.starts_with("postfix") || program.ends_with("/smtpd") ||
           program.ends_with("/postscreen");
}

std::optional<MailServer> server_of_program(std::string_view program) noexcept
{
    if (is_exim_program(program)) return MailServer::exim;
    if (is_postfix_program(program)) return MailServer::postfix;
    return std::nullopt;
}

// A line of a log that one server writes for itself.
std::optional<MailServer> server_of_own_log(const LineHeader& header) noexcept
{
    constexpr std::size_t kSeconds = 19;
    switch (header.style) {
    case HeaderStyle::plain:
        // log4j writes the fraction behind a comma.
        return header.stamp[kSeconds] == ',' ? MailServer::zimbra : MailServer::exim;
    case HeaderStyle::slashes: return MailServer::kerio;
    case HeaderStyle::hyphens: return MailServer::roundcube;
    default: return server_by_prefix(kOwnLogs, header.message);
    }
}

}  // namespace

std::optional<MailServer> server_of(const LineHeader& header) noexcept
{
    // Horde 5 writes the severity where syslog has the program: "2026-…+00:00 ERR: HORDE [imp] ".
    if (header.style == HeaderStyle::iso && header.host.empty() &&
        header.message.starts_with("HORDE ["))
        return MailServer::horde;
    return header.program.empty() ? server_of_own_log(header)
                                  : server_of_program(header.program, header.message);
}

}  // namespace mailban
