// Another value of each field of an event, whatever fields there are.
#pragma once

#include "mailban/parse/event_fields.h"

#include <concepts>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

namespace mailban::test {

inline void change(Timestamp& at)
{
    at += std::chrono::seconds(90);
}
inline void change(Duration& duration)
{
    duration += std::chrono::seconds(7);
}
inline void change(IpAddress& ip)
{
    ip = *IpAddress::parse("2001:db8::7");
}
inline void change(std::string& text)
{
    text += std::string("\xff'\"\n\0x", 6);
}
inline void change(bool& value)
{
    value = !value;
}
inline void change(std::integral auto& number)
{
    ++number;
}
template <class Enum>
requires std::is_enum_v<Enum>
void change(Enum& value)
{
    value = static_cast<Enum>(static_cast<int>(value) + 1);
}
template <class T>
void change(std::optional<T>& value)
{
    if (!value) value.emplace();
    change(*value);
}
inline void change(std::optional<ReplyCode>& reply)
{
    reply = ReplyCode::parse("535");
}
inline void change(std::optional<EnhancedStatus>& status)
{
    status = EnhancedStatus::parse("5.7.8");
}

struct ChangedEvent {
    EventField field{};  // that differs from `from`
    Event event{};
};

// As many events as there are fields, each like `from` but for one.
inline std::vector<ChangedEvent> each_field_changed(const Event& from)
{
    std::vector<ChangedEvent> changed;
    each_field(from, [&](const EventField& field, const auto&) {
        changed.push_back({field, from});
    });
    for (std::size_t which = 0; which < changed.size(); ++which) {
        std::size_t at = 0;
        each_field(changed[which].event, [&](const EventField&, auto& value) {
            if (at++ == which) change(value);
        });
    }
    return changed;
}

// An event of which every field was changed.
inline Event full_event()
{
    Event event;
    each_field(event, [](const EventField&, auto& value) { change(value); });
    return event;
}

}  // namespace mailban::test
