#include "routing.h"

#include "mailban/parse/dovecot.h"

namespace mailban {

namespace {

// "exim", "exim4", "Exim-in": what syslog_processname is likely to be.
bool is_exim_program(std::string_view program) noexcept
{
    return program.starts_with("exim") || program.starts_with("Exim");
}

std::optional<MailServer> server_of_program(std::string_view program) noexcept
{
    if (is_exim_program(program)) return MailServer::exim;
    // instance_name may follow: "dovecot-proxy".
    if (program.starts_with("dovecot")) return MailServer::dovecot;
    return std::nullopt;
}

// A line of a log that one server writes for itself.
std::optional<MailServer> server_of_own_log(const LineHeader& header) noexcept
{
    if (begins_as_dovecot_log(header)) return MailServer::dovecot;
    if (header.style == HeaderStyle::plain) return MailServer::exim;
    return std::nullopt;
}

}  // namespace

std::optional<MailServer> server_of(const LineHeader& header) noexcept
{
    // Where there is no host, what looks like a program may be the process that a server names
    // first.
    if (header.host.empty()) {
        if (const auto server = server_of_own_log(header)) return server;
    }
    return server_of_program(header.program);
}

}  // namespace mailban
