// JournalReader: a part of the journal from a time on up to its present end, entry by entry. For
// what is read once; what is still being written is JournalTail's.
//
//     auto reader = JournalReader::open(selection, since);
//     for (;;) {
//         const auto more = reader->read_some(on_entry);
//         if (!more) return more.error();
//         if (!*more) break;
//     }
//
// It asks the journal's index for the entries of its units or identifiers, and for the place where
// `since` is: what came before and what others wrote costs nothing.
#pragma once

#include "io/source/journal.h"
#include "mailban/parse/log_message.h"
#include "mailban/result.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace mailban::io {

class JournalReader {
public:
    // An entry is good until the callback returns.
    using EntryCallback = std::function<void(const LogMessage& entry)>;

    // An error where there is no journal, or none that may be read; it says what to do.
    static Result<JournalReader> open(JournalSelection selection, std::optional<Timestamp> since);

    // Reads about a thousand entries on and hands over those of the selection that have a message,
    // each as one, whatever bytes it holds. False at the end.
    Result<bool> read_some(const EntryCallback& on_entry);

    std::uint64_t entries() const noexcept { return entries_; }  // handed over
    // Skipped, for they are longer than a line of a log may be.
    std::uint64_t oversized() const noexcept { return oversized_; }

private:
    JournalReader(Journal journal, JournalSelection selection, bool is_empty)
        : journal_(std::move(journal)), selection_(std::move(selection)), is_at_end_(is_empty)
    {
    }

    bool is_wanted();
    void hand_over(const EntryCallback& on_entry);

    Journal journal_;
    JournalSelection selection_;
    bool is_at_end_;
    std::uint64_t entries_ = 0;
    std::uint64_t oversized_ = 0;
};

}  // namespace mailban::io
