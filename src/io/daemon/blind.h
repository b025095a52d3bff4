// What to do on this machine where no log shows a line of a mail server.
#pragma once

#include "mailban/config/config.h"

#include <string>

namespace mailban::io {

// "its mail servers log to journal unit dovecot.service: write `sources: auto`", or that there is
// no mail server here. A sentence without its full stop.
std::string advise_blind(const Config& config);

}  // namespace mailban::io
