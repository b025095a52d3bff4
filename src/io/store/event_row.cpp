// An event as a row: its columns follow from the list of its fields.
#include "io/store/row.h"
#include "mailban/parse/event_fields.h"

#include <concepts>
#include <type_traits>
#include <utility>

namespace mailban::io {

namespace {

// An event of an early mailban has its log's name itself.
constexpr const char* kBehindFields =
    "counted, CASE WHEN log IS NULL THEN source ELSE (SELECT name FROM logs WHERE logs.id = log) "
    "END";

constexpr bool is_known(EventKind kind)
{
    return static_cast<std::size_t>(kind) < kEventKinds;
}
constexpr bool is_known(MailServer server)
{
    return static_cast<std::size_t>(server) < kMailServers;
}
// Nothing counts these two: a new one that is not named here does not compile.
constexpr bool is_known(Service service)
{
    switch (service) {
    case Service::unknown:
    case Service::smtp:
    case Service::imap:
    case Service::pop3:
    case Service::sieve:
    case Service::submission: return true;
    }
    return false;
}
constexpr bool is_known(Reporter reporter)
{
    switch (reporter) {
    case Reporter::front_end:
    case Reporter::summary:
    case Reporter::back_end:
    case Reporter::copy:
    case Reporter::module:
    case Reporter::report: return true;
    }
    return false;
}

// What stands in the column.
template <class T>
const T& column_of(const T& value)
{
    return value;
}
template <class Enum>
requires std::is_enum_v<Enum>
int column_of(const Enum& value)
{
    return static_cast<int>(value);
}
std::string column_of(const IpAddress& ip)
{
    return ip.to_string();
}
std::string column_of(ReplyCode reply)
{
    return std::to_string(reply.value());
}
std::string column_of(const EnhancedStatus& status)
{
    return status.to_string();
}
std::int64_t column_of(Duration duration)
{
    return duration.count();
}
template <class T>
auto column_of(const std::optional<T>& value)
{
    using Column = std::decay_t<decltype(column_of(*value))>;
    return value ? std::optional<Column>(column_of(*value)) : std::nullopt;
}

// Each reads a column. False: no Store has written it.
bool read(const Statement& row, int column, Timestamp& at)
{
    at = row.time(column);
    return is_sane(at);
}
template <class Enum>
requires std::is_enum_v<Enum>
bool read(const Statement& row, int column, Enum& value)
{
    const auto number = row.integer(column);
    if (!std::in_range<std::underlying_type_t<Enum>>(number)) return false;
    value = static_cast<Enum>(number);
    return is_known(value);
}
bool read(const Statement& row, int column, IpAddress& ip)
{
    const auto parsed = IpAddress::parse(row.text(column));
    if (parsed) ip = *parsed;
    return parsed.has_value();
}
bool read(const Statement& row, int column, std::integral auto& number)
{
    number = static_cast<std::decay_t<decltype(number)>>(row.integer(column));
    return true;
}
bool read(const Statement& row, int column, std::string& text)
{
    text = row.text(column);
    return true;
}
bool read(const Statement& row, int column, Duration& duration)
{
    duration = Duration(row.integer(column));
    return true;
}
// A code of the wrong form is as good as none.
template <class Code>
requires requires
{
    Code::parse(std::string_view());
}
bool read(const Statement& row, int column, std::optional<Code>& code)
{
    if (const auto text = row.optional_text(column)) code = Code::parse(*text);
    return true;
}
template <class T>
bool read(const Statement& row, int column, std::optional<T>& value)
{
    if (row.is_null(column)) return true;
    return read(row, column, value.emplace());
}

template <class Work>
void each_column(Work work)
{
    const Event event;
    each_field(event, [&](const EventField& field, const auto&) {
        if (field.stored == Stored::yes) work(field.name);
    });
}

}  // namespace

std::string insert_event()
{
    std::string columns;
    std::string places;
    each_column([&](std::string_view name) {
        columns += std::string(name) + ", ";
        places += "?,";
    });
    return "INSERT INTO events (" + columns + "counted, log, source) VALUES (" + places + "?,?,'')";
}

void bind_event(Statement& insert, const Event& event, std::int64_t log, std::uint32_t counted)
{
    insert.bind_each([&](const auto& bind_next) {
        each_field(event, [&](const EventField& field, const auto& value) {
            if (field.stored == Stored::yes) bind_next(column_of(value));
        });
        bind_next(counted);
        bind_next(log);
    });
}

const std::string& event_columns()
{
    static const std::string columns = [] {
        std::string names;
        each_column([&](std::string_view name) { names += std::string(name) + ", "; });
        return names + kBehindFields;
    }();
    return columns;
}

int count_of_event_columns()
{
    int count = 2;  // those behind the fields
    each_column([&](std::string_view) { ++count; });
    return count;
}

std::optional<StoredEvent> read_event(const Statement& row)
{
    StoredEvent stored;
    int column = 0;
    bool is_sound = true;
    each_field(stored.event, [&](const EventField& field, auto& value) {
        if (field.stored == Stored::yes) is_sound = read(row, column++, value) && is_sound;
    });
    is_sound = read(row, column++, stored.counted) && is_sound;
    auto log = row.optional_text(column);
    if (!is_sound || !log) return std::nullopt;
    stored.source = std::move(*log);
    return stored;
}

}  // namespace mailban::io
