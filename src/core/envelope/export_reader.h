// ExportReader: the journal's export format, line by line.
//
//     __CURSOR=s=…;i=…;b=…;m=…;t=…;x=…
//     MESSAGE=one line                         or a line "MESSAGE", eight bytes of length, the
//     …                                        bytes, and a newline
//     (an empty line ends the entry)
//
// A client's bytes stand in such a binary field as they are, with line feeds that could pass for
// an entry's end. So the format is believed only in a log whose first line is an entry's first, and
// once a length and what follows it do not agree, nothing more is believed until a cursor comes
// that has the random numbers of an earlier one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "entry_fields.h"

namespace mailban {

class ExportReader {
public:
    // Longer fields are passed over.
    static constexpr std::size_t kMaxField = std::size_t{64} * 1024;

    enum class Step : std::uint8_t {
        foreign,   // the log is not of this format
        inside,    // an entry goes on
        complete,  // fields() are those of an entry
    };

    // Every line of the log in its turn, without its line feed.
    Step read(std::string_view line);
    const EntryFields& fields() const noexcept { return fields_; }
    // For good.
    bool is_foreign() const noexcept { return state_ == State::foreign; }

private:
    enum class State : std::uint8_t {
        unknown,
        foreign,
        between,
        in_entry,
        in_length,
        in_bytes,
        lost
    };

    Step read_field(std::string_view line);
    Step read_length(std::string_view line);
    Step read_bytes(std::string_view line);
    bool begin_entry(std::string_view line);
    Step lose();
    Step end_entry();

    State state_ = State::unknown;
    EntryFields fields_{};
    std::optional<EntryFields::Field> field_{};  // whose bytes come
    std::string kept_{};                         // of a length, or of bytes
    std::uint64_t left_ = 0;                     // bytes to come, with the line feed behind them
    std::string origin_{};                       // of a cursor: "s=…" and "b=…"
};

}  // namespace mailban
