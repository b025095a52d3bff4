#include "io/source/journal_reader.h"

#include "io/source/journal_entry.h"
#include "mailban/envelope/line_splitter.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

constexpr int kReaderBatch = 1024;

}  // namespace

Result<JournalReader> JournalReader::open(JournalSelection selection,
                                          std::optional<Timestamp> since)
{
    auto journal = Journal::open(selection.directory);
    if (!journal) return journal.error();
    const auto selected = journal->select_present(selection.match);
    if (!selected) return selected.error();
    if (since) {
        if (auto found = journal->seek(*since); !found) return found.error();
    }
    return JournalReader(std::move(*journal), std::move(selection), *selected == 0);
}

Result<bool> JournalReader::read_some(const EntryCallback& on_entry)
{
    for (int read = 0; read < kReaderBatch && !is_at_end_; ++read) {
        const auto moved = journal_.next();
        if (!moved) return moved.error();
        is_at_end_ = !*moved;
        if (!is_at_end_ && is_wanted()) hand_over(on_entry);
    }
    return !is_at_end_;
}

bool JournalReader::is_wanted()
{
    const auto is_taken = [this](const JournalMatch& match) { return fits(journal_, match); };
    return is_taken(selection_.match) && std::ranges::none_of(selection_.others, is_taken);
}

void JournalReader::hand_over(const EntryCallback& on_entry)
{
    const auto position = journal_.position();
    if (!position) return;
    const JournalEntry entry = read_entry(journal_, position->time);
    if (!entry.text) return;
    if (entry.text->size() > LineSplitter::kMaxLineLength) {
        ++oversized_;
        return;
    }
    ++entries_;
    on_entry(entry.message());
}

}  // namespace mailban::io
