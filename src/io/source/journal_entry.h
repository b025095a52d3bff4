// JournalEntry: the fields of an entry that say who wrote what, and when.
#pragma once

#include "io/source/journal.h"
#include "mailban/parse/log_message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban::io {

struct JournalEntry {
    std::string host{};
    std::string program{};
    std::optional<std::uint32_t> pid{};
    Timestamp time{};
    std::string container{};     // that wrote it, by its engine; empty: none did
    bool is_unfinished = false;  // the rest of the container's line is in a later entry
    // Good until the journal is asked for anything else; nullopt: the entry has no message.
    std::optional<std::string_view> text{};

    // Only with a text, and as long as that is good.
    LogMessage message() const;
};

// The entry that the journal stands at; `received`: when the journal got it.
JournalEntry read_entry(Journal& journal, Timestamp received);

// Whether it fits; an entry without the field never does.
bool fits(Journal& journal, const JournalMatch& match);

}  // namespace mailban::io
