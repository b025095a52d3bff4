// EntryFields: the fields of one entry, of Docker's json-file or of the journal, that say who
// wrote what, and when. All others are passed over.
#pragma once

#include "mailban/envelope/journal_message.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

class EntryFields {
public:
    enum Field : std::size_t {
        log,
        stream,
        time,
        message,
        host,
        identifier,
        command,
        syslog_pid,
        pid,
        source_time,
        received,
        container,
        partial,
    };
    static constexpr std::size_t kFields = 13;

    void clear();
    // The field of that name; nullopt: none that matters here.
    static std::optional<Field> field_of(std::string_view name) noexcept;
    // The first value of a field counts, as in libsystemd.
    void set(Field field, std::string value);
    const std::optional<std::string>& get(Field field) const { return values_.at(field); }
    std::string_view text(Field field) const;

    // Of the journal; the views live as long as the fields stay. nullopt: it has no message.
    std::optional<JournalMessage> journal_message() const;

private:
    std::array<std::optional<std::string>, kFields> values_{};
};

// Reads the members of a JSON object that takes up the whole line, whatever else it holds. False:
// the line is no such object.
bool read_json_fields(std::string_view line, EntryFields& fields);

}  // namespace mailban
