// event_key: events with the same key tell of the same attempt, or of attempts that nobody could
// tell apart.
#pragma once

#include "mailban/parse/event.h"

#include <string>

namespace mailban {

// Everything that two writings of one line agree in, but the time.
inline std::string event_key(const Event& event)
{
    std::string key;
    const auto append = [&key](const auto& value) {
        key.append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    append(event.ip.bytes());
    append(event.kind);
    append(event.server);
    append(event.teller);
    append(event.reply ? event.reply->value() : std::uint16_t{0});
    append(event.client_port.value_or(0));
    append(event.unanswered);
    key += event.session.value_or(std::string());
    key += '\0';
    key += event.account.value_or(std::string());
    return key;
}

}  // namespace mailban
