#include "event_json.h"

#include "mailban/parse/event_fields.h"

#include <concepts>
#include <string>
#include <type_traits>

namespace mailban {

namespace {

using json = nlohmann::ordered_json;

json shown(Timestamp at)
{
    return format_timestamp(at);
}

json shown(Duration duration)
{
    return static_cast<double>(duration.count()) / 1e6;
}

json shown(const IpAddress& ip)
{
    return ip.to_string();
}

json shown(const std::string& text)
{
    return text;
}

json shown(ReplyCode reply)
{
    return reply.value();
}

json shown(const EnhancedStatus& status)
{
    return status.to_string();
}

json shown(std::integral auto number)
{
    return number;
}

template <class Enum>
requires std::is_enum_v<Enum> json shown(Enum value)
{
    return to_string(value);
}

template <class T>
json shown(const std::optional<T>& value)
{
    return value ? shown(*value) : json(nullptr);
}

template <class T>
bool is_known(const T&)
{
    return true;
}

template <class T>
bool is_known(const std::optional<T>& value)
{
    return value.has_value();
}

json event_json(const Event& event, bool is_full)
{
    json result = json::object();
    each_field(event, [&](const EventField& field, const auto& value) {
        const bool is_shown =
            field.shown == Shown::always || (is_full && field.shown != Shown::never);
        if (!is_shown) return;
        const auto name = field.json.empty() ? field.name : field.json;
        result[std::string(name)] =
            field.shown == Shown::whether ? json(is_known(value)) : shown(value);
    });
    return result;
}

}  // namespace

nlohmann::ordered_json event_json(const Event& event)
{
    return event_json(event, false);
}

nlohmann::ordered_json full_event_json(const Event& event)
{
    return event_json(event, true);
}

}  // namespace mailban
