// Journal: systemd's journal, entry by entry, forward. One open handle of libsystemd.
//
// Files that rotation adds or a vacuum removes while it is open are taken in as they come; a
// damaged file is passed over. It stands before its first entry, or where seek() put it.
#pragma once

#include "io/source/journal_match.h"
#include "io/source/source_position.h"
#include "mailban/result.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sd_journal;

namespace mailban::io {

class Journal {
public:
    // A longer field's value is cut behind so many bytes and one.
    static constexpr std::size_t kMaxField = std::size_t{64} * 1024;

    enum class Change : std::uint8_t { none, appended, files };

    // The system's part of this machine's journal, or the files in `directory`. An error where
    // there are none yet, or none that may be read; it says what to do.
    static Result<Journal> open(const std::string& directory);

    // Only entries that fit are found, as far as an index can tell: see JournalMatch::is_exact().
    Status select(const JournalMatch& match);
    // The same through the index for a pattern, too, of what the journal holds now; how many
    // different values fit. None: it has no such entry.
    Result<std::size_t> select_present(const JournalMatch& match);
    // The next entry is the first at or after `time`.
    Status seek(Timestamp time);
    // The next entry is the one of the cursor, or the first behind it. An error: it is no cursor.
    Status seek(const std::string& cursor);
    // The next entries are the last ones, about so many.
    Status seek_back(std::size_t entries);

    // Moves to the next entry; false: there is none yet.
    Result<bool> next();
    // Forgets what was selected, and stands before the first entry.
    void select_all();
    // Moves to the entry before; false: there is none.
    Result<bool> previous();
    // Behind the newest entry, for previous().
    Status seek_end();
    // The different values of a field in all entries, as many as there are, but no more than
    // `most`.
    std::vector<std::string> values_of(const char* field, std::size_t most);
    // A field of the entry, good until anything else is called; nullopt: it has no such field.
    std::optional<std::string_view> field(const char* name);
    // The same, copied.
    std::string text(const char* name, std::size_t longest);
    // Of the entry; nullopt where its file is damaged.
    std::optional<JournalPosition> position();

    // Readable when take_changes() has something to tell.
    int fd() const noexcept { return fd_; }
    Result<Change> take_changes();

private:
    struct Close {
        void operator()(sd_journal* journal) const;
    };
    using Handle = std::unique_ptr<sd_journal, Close>;

    Journal(Handle handle, int fd) : handle_(std::move(handle)), fd_(fd) {}

    Status select_value(const char* field, const std::string& value);

    Handle handle_;
    int fd_;
};

// Whether there is a journal, and a part of it that this user may read.
enum class JournalAccess : std::uint8_t { none, denied, readable };
JournalAccess journal_access(const std::string& directory);

// Where this machine's journal may be, or `directory` alone: those of its folders that exist.
std::vector<std::string> journal_folders(const std::string& directory);

}  // namespace mailban::io
