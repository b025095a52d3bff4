// What an administrator is told of the bans that he made and lifted.
#pragma once

#include "mailban/control/answer.h"
#include "mailban/control/protocol.h"
#include "mailban/engine/engine.h"

namespace mailban {

// Which prefix a `ban` or an `unban` means: an address without a length is a whole client, the same
// that a rule would ban.
Prefix prefix_meant(const Request& request, const Engine& engine);

// `effects` are those of Engine::ban for this request.
Changed ban_report(const Request& request, const Effects& effects, const Engine& engine,
                   Timestamp now);
Changed unban_report(const Request& request, const Unbanned& done, const Engine& engine);
// Of one page of `unban --all`.
Changed unban_all_report(const Effects& effects, std::optional<std::string> next);

}  // namespace mailban
