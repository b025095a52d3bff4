// Pattern: lines of a program that mailban does not know, read by a regular expression that the
// administrator wrote.
//
// The expression (RE2's syntax, byte by byte, `.` is any byte) describes the whole message behind
// the line's header, from its first byte to its last; one that begins with `^`, the whole line. It
// is never looked for within a text. Named groups say what is what:
//
//     ip       the client's address and nothing else; brackets around it may be in the group
//     account  the name that the client gave (optional)
//     kind     the name of a kind (optional where the pattern has a fixed one)
//     time     a stamp (optional where the line has a header)
//
// Where a text fits in more ways than one, an attacker may have written one of them. So every line
// is read twice, with each repetition as long and as short as can be; if the two take the address
// from different places, or differ in kind or time, there is no event. An account in which they
// differ is left out.
#pragma once

#include "mailban/envelope/line_header.h"
#include "mailban/parse/event.h"
#include "mailban/place.h"
#include "mailban/result.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace re2 {
class RE2;
}

namespace mailban {

// A line, or the message of one, and what has to come out of it; what is absent may be anything.
struct PatternExample {
    std::string line{};
    std::optional<IpAddress> ip{};
    std::optional<std::string> account{};
    std::optional<EventKind> kind{};
    Place place{};
    bool operator==(const PatternExample&) const = default;
};

// A pattern as the configuration says it.
struct PatternSpec {
    std::string name{};
    std::string match{};
    std::optional<EventKind> kind{};
    std::string program{};  // the syslog tag that its lines have; empty: any
    std::vector<PatternExample> examples{};
    std::vector<PatternExample> counter_examples{};  // must yield nothing
    Place match_place{};
    bool operator==(const PatternSpec&) const = default;
};

// A line as a pattern sees it.
struct PatternLine {
    std::string_view line{};
    const std::optional<LineHeader>& header;
    const Zone& zone;
    Timestamp now{};
};

class Pattern {
public:
    // The work for a line is bounded by its length times this many steps.
    static constexpr int kMaxProgram = 500;
    static constexpr int kMaxGroups = 16;

    // The error says what is wrong with the expression, in RE2's words where it is no expression.
    static Result<Pattern> compile(const PatternSpec& spec);
    ~Pattern();
    Pattern(Pattern&&) noexcept;
    Pattern& operator=(Pattern&&) noexcept;

    std::optional<Event> read(const PatternLine& line) const;
    // Whether the line is of the program that it names; where it names none, any may be.
    bool may_read(const PatternLine& line) const { return text_of(line).has_value(); }
    // Why read() gives nothing, for whoever writes the pattern.
    std::string why_not(const PatternLine& line) const;

private:
    struct Groups {
        std::string_view ip{};
        std::optional<std::string_view> account{};
        std::optional<std::string_view> kind{};
        std::optional<std::string_view> time{};
    };

    Pattern();
    Status take_groups();
    std::optional<std::string_view> text_of(const PatternLine& line) const;
    std::optional<Groups> match(const re2::RE2& expression, std::string_view text) const;
    std::optional<EventKind> kind_of(const Groups& groups) const;

    std::optional<EventKind> kind_{};
    std::string program_{};
    bool is_of_whole_line_ = false;
    // The numbers of the groups; 0: it has none of that name.
    int ip_ = 0;
    int account_ = 0;
    int kind_group_ = 0;
    int time_ = 0;
    std::unique_ptr<re2::RE2> most_;   // repetitions as they are written
    std::unique_ptr<re2::RE2> least_;  // the other way round
};

// Why the pattern fails its first example or counter-example that it does; each with its place.
struct FailedExample {
    Place place{};
    std::string message{};
};
std::vector<FailedExample> failed_examples(const Pattern& pattern, const PatternSpec& spec);

}  // namespace mailban
