// What systemd's journal keeps beside a message of mailban's, so that `journalctl
// MAILBAN_EVENT=ban` finds it and `journalctl -x` explains it. Text only; nothing here writes to a
// journal.
//
// No field holds text that a client chose, but for the plain name of an account.
#pragma once

#include "mailban/hook/hook_event.h"
#include "mailban/parse/event.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// The id of all messages of this kind: 32 hexadecimal digits, which systemd/mailban.catalog
// explains. They stay the same in all versions.
std::string_view message_id(HookEvent::Kind kind);

// "MAILBAN_EVENT=ban", "MAILBAN_ADDRESS=192.0.2.7", … Of MAILBAN_PREFIX, _RULE, _COUNT, _UNTIL,
// _ACCOUNT and _WHY those that it has; MESSAGE_ID first.
std::vector<std::string> journal_fields(const HookEvent& hook_event);
// Of an event of a log, which is logged at level debug; MAILBAN_EVENT is its kind.
std::vector<std::string> journal_fields(const Event& event);
// The message of such an event: "auth_failure 192.0.2.7, account bob, exim smtp, 2 attempts".
std::string debug_text(const Event& event);

}  // namespace mailban
