// Whose line it is: told by the program that syslog names, or by the shape of a server's own log.
#pragma once

#include "mailban/envelope/line_header.h"
#include "mailban/parse/mail_servers.h"

#include <optional>
#include <string_view>

namespace mailban {

struct LineOrigin {
    std::optional<MailServer> server{};  // nullopt: nobody's that mailban knows
    bool is_own_log = false;             // told by the shape of that server's own log
};

// Looks at the header and at fixed text that the server writes at the very front of its message,
// never further.
LineOrigin line_origin(const LineHeader& header) noexcept;

// The program whose own log has such lines, if it writes what clients send with their line feeds,
// so that a client can write whole lines of that log, in the form of any server's.
std::optional<MailServer> raw_writer_of(const LineHeader& header,
                                        const LineOrigin& origin) noexcept;

// Whether a message has a word in it of those that lines of Exim's own logs have. Many programs
// begin their lines as Exim does.
bool is_exims_own(std::string_view message) noexcept;

}  // namespace mailban
