// OldLog: a whole log as it is chosen; OpenOldLog: the same while it is read, batch by batch, by a
// parser of its own.
#pragma once

#include "io/source/journal_match.h"
#include "io/source/journal_reader.h"
#include "io/source/log_reader.h"
#include "mailban/parse/assurances.h"
#include "mailban/parse/log_parser.h"
#include "mailban/parse/mail_servers.h"
#include "mailban/parse/pattern.h"
#include "mailban/parse/reading.h"
#include "mailban/result.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailban::cli {

// A file or a part of the journal, and whose lines to read in it.
struct OldLog {
    std::string file{};  // "-" is the standard input
    std::optional<io::JournalSelection> journal{};
    std::optional<Timestamp> since{};  // where to begin in the journal
    MailServers servers = MailServers::any();
    std::vector<PatternSpec> patterns{};
    Assurances assured{};
    std::string zone{};  // of stamps without an offset; empty: the machine's own
};

// As reports call it: the file, or as in "journal unit dovecot.service".
std::string name_of(const OldLog& log);
// Bytes of the logs as they lie there; 0 where one has no size that could be known.
std::uint64_t size_of(const std::vector<OldLog>& logs);

// Told each line, or an entry of the journal as "program[pid]: text", how it was read, and the
// time at which it counts.
using OldLineCallback = std::function<void(std::string_view line, const Reading& reading,
                                           std::optional<Timestamp> time)>;

// What about a hundred kilobytes of a log, or a thousand entries of the journal, told.
struct LogBatch {
    struct Told {
        Event event{};
        std::uint64_t line = 0;  // its number, from 1
    };
    std::vector<Told> told{};
    std::uint64_t lines = 0;
    std::uint64_t bytes = 0;   // of text
    std::uint64_t packed = 0;  // of the file, compressed as it is
    std::uint64_t unread = 0;  // lines too long to be read; told by the last batch
    bool is_known = false;     // so far, a line was one of a server that mailban knows
    bool is_last = false;
    std::string problem{};  // why the rest of the log was not read
};

class OpenOldLog {
public:
    // `now` gives stamps their year if they have none; a file's are of the year before it was last
    // modified. An error says who may read the log, where that is the trouble.
    static Result<OpenOldLog> open(const OldLog& log, Timestamp now);

    // Reads on; blocks for as long as the disk or the standard input takes. Not after the last
    // batch. `on_line`, which may be empty, is also told each line.
    LogBatch read_some(const OldLineCallback& on_line);

    // Of the journal, sd-journal(3): one thread alone may use it as long as it is open.
    bool may_change_threads() const noexcept
    {
        return std::holds_alternative<io::LogReader>(reader_);
    }

private:
    using Reader = std::variant<io::LogReader, io::JournalReader>;

    OpenOldLog(Reader reader, LogParser parser, Timestamp written)
        : reader_(std::move(reader)), parser_(std::move(parser)), written_(written)
    {
    }

    template <class Text>
    std::optional<Event> parse(const Text& text, const OldLineCallback& on_line);
    std::uint64_t oversized() const;
    std::uint64_t bytes_read() const;

    Reader reader_;
    LogParser parser_;
    Timestamp written_;
    std::uint64_t lines_ = 0;
    bool is_known_ = false;
};

}  // namespace mailban::cli
