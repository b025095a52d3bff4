// Standing: what the engine knows of one address, for `mailban show`.
#pragma once

#include "mailban/control/report.h"
#include "mailban/engine/engine.h"

namespace mailban {

// All of a ShowReport but what only the store knows: history, evidence and logins.
ShowReport client_status(const Engine& engine, const IpAddress& ip, Timestamp now);

}  // namespace mailban
