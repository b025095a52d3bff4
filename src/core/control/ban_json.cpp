#include "ban_json.h"

#include "event_json.h"

namespace mailban {

std::string quoted_json(const std::string& text)
{
    using Json = nlohmann::ordered_json;
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ban_members(const Ban& ban)
{
    const std::string prefix = ban.prefix.to_string();
    const std::string address = ban.prefix.is_host() ? ban.prefix.base().to_string() : prefix;
    const std::string until = ban.until ? '"' + format_timestamp(*ban.until) + '"' : "null";
    std::string text = R"({"prefix":")" + prefix;
    text += R"(","address":")" + address;
    text += R"(","since":")" + format_timestamp(ban.since);
    text += R"(","until":)" + until;
    text += R"(,"origin":")" + std::string(kBanOriginNames.of(ban.origin)) + '"';
    text += R"(,"rule":)" + quoted_json(ban.rule);
    text += R"(,"reason":)" + quoted_json(ban.reason);
    text += R"(,"count":)" + std::to_string(ban.count);
    text += R"(,"level":)" + std::to_string(ban.level);
    text += R"(,"ports":)" + (ban.ports ? quoted_json(ban.ports->text()) : std::string("null"));
    text += R"(,"where":")" + std::string(kBanPlaceNames.of(ban.where)) + '"';
    return text;
}

nlohmann::ordered_json evidence_json(const Evidence& evidence)
{
    auto shown = event_json(evidence.event);
    shown["counted"] = evidence.counted;
    shown["log"] = evidence.log;
    return shown;
}

}  // namespace mailban
