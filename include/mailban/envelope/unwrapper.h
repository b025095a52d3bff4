// Unwrapper: takes off whatever was put around a server's line, and says what it found.
//
//     Unwrapper unwrapper(is_server);              // one a log
//     const Envelope& envelope = unwrapper.open(line, clock);
//     envelope.header->message                     // what the server wrote
//
// What can stand around it: Layer's wrappings, at the very front, one inside the other; then one
// header (line_header.h). Where a header names a program that is no mail server's, a container may
// have written the line, and then a line of its own stands in the message, at its very front: its
// header, if there is one, is the one that counts. Nothing is ever searched for, so that text of a
// client opens no envelope.
//
// Which time counts: the wrapper's, if it says which instant it is (an offset, a number of
// seconds); else the inner header's; else the wrapper's; else, while a log is followed, the time of
// the line's arrival.
//
// It remembers pieces of lines that a container engine has cut, and an entry of the journal's
// export format up to its end; both within bounds. What a restart of the program falls into is left
// out.
//
// The views in an Envelope are of the line, or of text that was unescaped or put together; the
// latter lives in the Unwrapper. All are good until the next call of open().
#pragma once

#include "mailban/envelope/journal_message.h"
#include "mailban/envelope/layer.h"
#include "mailban/envelope/line_header.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

namespace mailban {

// By what a stamp is read.
struct LogClock {
    const Zone& zone;
    Timestamp now{};       // when the line was read
    bool is_live = false;  // it was written just now: `now` is as good as a stamp
};

struct Envelope {
    Layers layers{};
    std::string_view line{};             // behind the wrappers: it begins with the header
    std::optional<LineHeader> header{};  // of the server's own line; nullopt: there is none
    // The header that stands around the server's line, if a container engine wrote it.
    std::optional<LineHeader> outer{};
    // The line is a piece of a longer one, or of an entry, and there is nothing to read yet.
    bool is_piece = false;
    // A syslog daemon says that the line stands for so many.
    std::uint32_t times = 1;
    bool is_cut = false;  // and has cut its end off
};

// Programs of the machine's own, which run in no container, and of which some begin a message with
// a stranger's text.
bool is_of_the_machine(std::string_view program) noexcept;

class Unwrapper {
public:
    // Whether a header's program, or the form of its message, is that of a known mail server.
    using IsServer = bool (*)(const LineHeader& header) noexcept;

    explicit Unwrapper(IsServer is_server);
    ~Unwrapper();
    Unwrapper(Unwrapper&&) noexcept;
    Unwrapper& operator=(Unwrapper&&) noexcept;

    // A line of a file, without its line feed.
    const Envelope& open(std::string_view line, const LogClock& clock);
    // An entry of the journal.
    const Envelope& open(const JournalMessage& entry, const LogClock& clock);
    // Whether a short line that begins with a header stands for itself: the log is no journal's
    // export, and no container's line was cut. False before the first line.
    bool is_at_rest() const noexcept;
    // What was opened last.
    const Envelope& last() const noexcept { return envelope_; }

private:
    struct Memory;
    class Work;

    IsServer is_server_;
    Envelope envelope_{};
    std::unique_ptr<Memory> memory_;
};

}  // namespace mailban
