// Whose line it is: told by the program that syslog names, or by the shape of a server's own log.
#pragma once

#include "mailban/envelope/line_header.h"
#include "mailban/parse/mail_servers.h"

#include <optional>

namespace mailban {

// nullopt: nobody's that mailban knows. Looks at the header and at fixed text that the server
// writes at the very front of its message, never further.
std::optional<MailServer> server_of(const LineHeader& header) noexcept;

// The program whose own log has such lines, if it writes what clients send with their line feeds,
// so that a client can write whole lines of that log, in the form of any server's.
std::optional<MailServer> raw_writer_of(const LineHeader& header) noexcept;

}  // namespace mailban
