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
    if (header.style == HeaderStyle::plain) return MailServer::exim;
    return std::nullopt;
}

}  // namespace

std::optional<MailServer> server_of(const LineHeader& header) noexcept
{
    return header.program.empty() ? server_of_own_log(header) : server_of_program(header.program);
}

}  // namespace mailban
