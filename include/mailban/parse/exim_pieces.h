// EximPieces: the lines that Exim has cut for syslog, put together again.
//
// One process writes the pieces of one line at once, one behind the other: "[1/3] ", "[2/3] ",
// "[3/3] ". Those of two processes may be mixed, so a piece belongs to the line of its host and
// pid, and only if it is the very next one. Few lines are kept, for a few pieces of others, within
// a bound of bytes; where there are too many, the oldest is dropped.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// "[1/2] ", or "[1\2] " where the message itself has a line feed behind this piece.
struct EximPiece {
    std::uint32_t number = 1;
    std::uint32_t of = 1;
    bool ends_line = false;
};

// What two pieces of one line have in common.
struct EximWriter {
    std::string_view host{};  // may be empty
    std::uint32_t pid = 0;
};

class EximPieces {
public:
    static constexpr std::size_t kMostLines = 64;
    static constexpr std::size_t kMostBytes = std::size_t{64} * 1024;
    static constexpr std::size_t kLongestLine = std::size_t{16} * 1024;
    // How many pieces of others may stand between two of one line.
    static constexpr std::uint64_t kMostBetween = 256;

    // The writer writes something else: what it had begun is not complete.
    void drop(const EximWriter& writer);
    // The first piece of a line.
    void begin(const EximWriter& writer, const EximPiece& piece, std::string_view text);
    // A later one. Returned is the whole line, if this was its last piece and none is missing.
    std::optional<std::string> add(const EximWriter& writer, const EximPiece& piece,
                                   std::string_view text);

    std::size_t lines() const noexcept { return lines_.size(); }

private:
    struct Line {
        std::string host{};
        std::uint32_t pid = 0;
        EximPiece last{};
        std::string text{};
        std::uint64_t at = 0;  // which piece of all the last one was
    };
    std::deque<Line>::iterator line_of(const EximWriter& writer);
    void make_room();

    std::deque<Line> lines_{};  // the oldest first
    std::uint64_t pieces_ = 0;
};

}  // namespace mailban
