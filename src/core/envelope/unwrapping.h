// How Unwrapper works: what it remembers of a log, and one line on its way out of its wrappers.
#pragma once

#include "mailban/envelope/unwrapper.h"

#include <string>
#include <vector>

#include "entry_fields.h"
#include "export_reader.h"
#include "pieces.h"
#include "wrappers.h"

namespace mailban {

struct Unwrapper::Memory {
    // Docker's syslog driver cuts a line as the others do, and does not say so.
    static constexpr std::size_t kMayBeCut = 8'000;
    static constexpr std::size_t kMostTags = 64;

    // No program cuts a shorter message.
    static constexpr std::size_t kSurelyWhole = 500;

    ExportReader export_reader{};
    EntryFields fields{};
    Pieces pieces{};
    std::vector<std::string> cut{};  // containers whose last message may have been cut
    std::string restored{};          // a line with its bytes in place of U+FFFD
};

// One line on its way out of its wrappers.
class Unwrapper::Work {
public:
    Work(IsServer is_server, Envelope& envelope, Memory& memory, const LogClock& clock)
        : is_server_(is_server), envelope_(envelope), memory_(memory), clock_(clock)
    {
        envelope_.layers.clear();
        envelope_.header.reset();
        envelope_.outer.reset();
        envelope_.is_piece = false;
        envelope_.times = 1;
        envelope_.is_cut = false;
    }

    void open_line(std::string_view line);
    void open_entry(const JournalMessage& entry);

private:
    enum class Taken : std::uint8_t { none, one, all };

    Taken take_wrapper(std::string_view& text);
    Taken take_json(std::string_view& text);
    Taken take_docker_json(std::string_view& text);
    bool take_cri(std::string_view& text);
    bool add(const std::optional<Wrapper>& wrapper);
    bool join(std::string_view& text, std::string_view writer, bool is_whole);
    void note_time(Timestamp time, bool is_exact);
    bool restore_bytes(std::string_view& text);
    void read_header(std::string_view text);
    std::optional<LineHeader> header_of(std::string_view text) const;
    std::optional<LineHeader> header_without_stamp(std::string_view text) const;
    void unwrap_repeated_line();
    void open_container_log();
    std::optional<LineHeader> inner_header(const LineHeader& outer) const;
    bool is_rest_of_cut_line(std::string_view container, std::size_t length);
    void set_time();

    IsServer is_server_;
    Envelope& envelope_;
    Memory& memory_;
    const LogClock& clock_;
    std::optional<Timestamp> exact_{};   // that a wrapper tells with an offset
    std::optional<Timestamp> coarse_{};  // without
    std::string_view container_{};
    bool has_json_ = false;
    bool is_of_docker_ = false;
};

}  // namespace mailban
