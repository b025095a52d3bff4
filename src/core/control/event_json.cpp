#include "event_json.h"

namespace mailban {

nlohmann::ordered_json event_json(const Event& event)
{
    using json = nlohmann::ordered_json;
    return {{"time", format_timestamp(event.time)},
            {"kind", to_string(event.kind)},
            {"ip", event.ip.to_string()},
            {"account", event.account ? json(*event.account) : json(nullptr)},
            {"daemon", to_string(event.server)},
            {"service", to_string(event.service)},
            {"reply", event.reply ? json(event.reply->value()) : json(nullptr)},
            {"enhanced", event.enhanced ? json(event.enhanced->to_string()) : json(nullptr)},
            {"attempts", event.attempts},
            {"reporter", to_string(event.teller)}};
}

}  // namespace mailban
