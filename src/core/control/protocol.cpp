#include "mailban/control/protocol.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

using nlohmann::json;

constexpr std::array<std::pair<Verb, std::string_view>, 11> kVerbs{{
    {Verb::status, "status"},
    {Verb::bans, "bans"},
    {Verb::show, "show"},
    {Verb::ban, "ban"},
    {Verb::unban, "unban"},
    {Verb::unban_all, "unban_all"},
    {Verb::reload, "reload"},
    {Verb::firewall_remove, "firewall_remove"},
    {Verb::allow, "allow"},
    {Verb::disallow, "disallow"},
    {Verb::allowed, "allowed"},
}};

bool takes_prefix(Verb verb)
{
    return verb == Verb::show || verb == Verb::ban || verb == Verb::unban || verb == Verb::allow ||
           verb == Verb::disallow;
}

bool takes_length_and_reason(Verb verb)
{
    return verb == Verb::ban || verb == Verb::allow;
}

bool may_hold(Verb verb, std::string_view key)
{
    if (key == "verb") return true;
    if (key == "prefix") return takes_prefix(verb);
    return takes_length_and_reason(verb) && (key == "for" || key == "reason");
}

std::optional<Verb> parse_verb(const json& request)
{
    const auto text = request.find("verb");
    if (text == request.end() || !text->is_string()) return std::nullopt;
    const auto& name = text->get_ref<const std::string&>();
    const auto found = std::find_if(kVerbs.begin(), kVerbs.end(),
                                    [&](const auto& entry) { return entry.second == name; });
    if (found == kVerbs.end()) return std::nullopt;
    return found->first;
}

std::string text_at(const json& request, const char* key)
{
    const auto found = request.find(key);
    return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string_view to_string(Verb verb) noexcept
{
    return kVerbs[static_cast<std::size_t>(verb)].second;
}

Result<std::optional<Duration>> parse_ban_length(std::string_view text)
{
    if (text == "forever") return std::optional<Duration>();
    const auto length = parse_duration(text);
    if (!length || length->count() <= 0) {
        return Error{"'" + std::string(text) +
                     "' is no duration; write it like 90s, 10m, 1h30m, "
                     "7d, or forever"};
    }
    return std::optional<Duration>(*length);
}

namespace {

Status read_length_and_reason(const json& object, Request& request)
{
    if (request.verb == Verb::allow) request.length.reset();
    if (object.contains("for")) {
        const auto length = parse_ban_length(text_at(object, "for"));
        if (!length) return length.error();
        request.length = *length;
    }
    request.reason = text_at(object, "reason");
    if (request.reason.size() <= kMaxReasonLength) return Done{};
    return Error{"'reason' is longer than " + std::to_string(kMaxReasonLength) + " bytes"};
}

}  // namespace

Result<Request> parse_request(std::string_view line)
{
    if (line.size() > kMaxRequestLength) return Error{"the request is too long"};
    const json object = json::parse(line, nullptr, false);
    if (!object.is_object()) return Error{"a request is one JSON object on one line"};
    const auto verb = parse_verb(object);
    if (!verb) return Error{"'verb' is missing or unknown"};
    for (const auto& [key, value] : object.items()) {
        if (!may_hold(*verb, key)) return Error{"unknown member '" + key + "' in the request"};
        if (!value.is_string()) return Error{"'" + key + "' has to be a string"};
    }
    Request request;
    request.verb = *verb;
    if (takes_prefix(*verb)) {
        const std::string text = text_at(object, "prefix");
        const auto prefix = Prefix::parse(text);
        if (!prefix) return Error{"'" + text + "' is neither an address nor a prefix"};
        request.prefix = *prefix;
    }
    if (auto read = read_length_and_reason(object, request); !read) return read.error();
    return request;
}

std::string to_line(const Request& request)
{
    json object{{"verb", to_string(request.verb)}};
    if (takes_prefix(request.verb)) object["prefix"] = request.prefix.to_string();
    if (takes_length_and_reason(request.verb)) {
        object["for"] = request.length ? format_duration(*request.length) : "forever";
        if (!request.reason.empty()) object["reason"] = request.reason;
    }
    return object.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace mailban
