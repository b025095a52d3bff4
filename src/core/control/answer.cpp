#include "mailban/control/answer.h"

#include "mailban/or_null.h"

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

using json = nlohmann::ordered_json;

std::string text_of(const json& reply)
{
    return reply.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string reply_with(const BanList& list)
{
    return reply_with(list.page, list.is_dry_run);
}

std::string reply_with(const Following& following)
{
    const json result{{"last_event", or_null(following.last_event)}};
    return text_of({{"ok", true}, {"result", result}});
}

std::string reply_with(const Refused& refused)
{
    json reply{{"ok", false}, {"error", refused.error}};
    if (refused.is_mistaken) reply["mistakes"] = true;
    if (refused.again_in_seconds) reply["again_in_seconds"] = *refused.again_in_seconds;
    return text_of(reply);
}

std::string reply_of(const Answer& answer)
{
    return std::visit([](const auto& one) { return reply_with(one); }, answer);
}

}  // namespace mailban
