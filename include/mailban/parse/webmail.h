// Which servers are web programs: their clients come through the web server's ports.
#pragma once

#include "mailban/parse/event.h"

namespace mailban {

constexpr bool is_webmail(MailServer server) noexcept
{
    switch (server) {
    case MailServer::roundcube:
    case MailServer::sogo:
    case MailServer::horde:
    case MailServer::mailu:
    case MailServer::snappymail:
    case MailServer::modoboa:
    case MailServer::nextcloud:
    case MailServer::postfixadmin:
    case MailServer::mailcow: return true;
    default: return false;
    }
}

}  // namespace mailban
