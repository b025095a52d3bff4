// Which servers are web programs: their clients come through the web server's ports.
#pragma once

#include "mailban/parse/event.h"

namespace mailban {

constexpr bool is_webmail(MailServer server) noexcept
{
    return server == MailServer::roundcube || server == MailServer::sogo ||
           server == MailServer::horde;
}

}  // namespace mailban
