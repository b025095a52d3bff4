#include "entry_fields.h"

#include "mailban/scan.h"

#include <algorithm>
#include <utility>

namespace mailban {

namespace {

// In the order of EntryFields::Field.
constexpr std::array<std::string_view, EntryFields::kFields> kNames{"log",
                                                                    "stream",
                                                                    "time",
                                                                    "MESSAGE",
                                                                    "_HOSTNAME",
                                                                    "SYSLOG_IDENTIFIER",
                                                                    "_COMM",
                                                                    "SYSLOG_PID",
                                                                    "_PID",
                                                                    "_SOURCE_REALTIME_TIMESTAMP",
                                                                    "__REALTIME_TIMESTAMP",
                                                                    "CONTAINER_NAME",
                                                                    "CONTAINER_PARTIAL_MESSAGE"};

template <class Number>
std::optional<Number> whole_number(std::string_view text)
{
    const auto number = take_number<Number>(text);
    return text.empty() ? number : std::nullopt;
}

}  // namespace

void EntryFields::clear()
{
    for (auto& value : values_)
        value.reset();
}

std::optional<EntryFields::Field> EntryFields::field_of(std::string_view name) noexcept
{
    const auto* const found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end()) return std::nullopt;
    return static_cast<Field>(found - kNames.begin());
}

void EntryFields::set(Field field, std::string value)
{
    auto& kept = values_.at(field);
    if (!kept) kept = std::move(value);
}

std::string_view EntryFields::text(Field field) const
{
    const auto& value = get(field);
    return value ? std::string_view(*value) : std::string_view();
}

std::optional<JournalMessage> EntryFields::journal_message() const
{
    if (!get(message)) return std::nullopt;
    auto written = whole_number<std::int64_t>(text(source_time));
    if (!written) written = whole_number<std::int64_t>(text(received));
    if (!written) return std::nullopt;
    JournalMessage entry;
    entry.time = Timestamp(Duration(*written));
    entry.host = text(host);
    entry.program = get(identifier) ? text(identifier) : text(command);
    entry.pid = whole_number<std::uint32_t>(text(syslog_pid));
    if (!entry.pid) entry.pid = whole_number<std::uint32_t>(text(pid));
    entry.text = text(message);
    entry.container = text(container);
    entry.is_unfinished = text(partial) == "true";
    return entry;
}

}  // namespace mailban
