// LineSurvey: what became of the lines of old logs, and of those that were no events which kinds
// there are: for whoever wonders what mailban does not see.
//
// A kind of line is its shape (line_shape.h). Memory is bounded: of more than `room` different
// shapes or programs the rarest are forgotten, and the findings say how often one that is missing
// can have come at most.
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/parse/reading.h"
#include "mailban/survey/findings.h"
#include "mailban/survey/frequent.h"
#include "mailban/survey/line_shape.h"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// Lines of one kind that were no events.
struct ShapeRow {
    NoEventReason silence = NoEventReason::not_an_event;
    std::optional<MailServer> server{};  // nullopt: of no server that mailban knows
    LineShape shape{};                   // of the program and the message
    std::uint64_t lines = 0;
    std::string example{};  // the first of them, as it stands in its log, cut
};

struct ProgramRow {
    std::string program{};
    std::uint64_t lines = 0;
    std::string example{};
};

struct LineFindings {
    std::vector<LogFindings> logs{};
    std::uint64_t lines = 0;
    std::array<std::uint64_t, kEventKinds> events{};  // lines that were events
    // Lines of a server that were none, by why.
    std::array<std::array<std::uint64_t, kNoEventReasons>, kMailServers> silent{};
    std::uint64_t unknown_server = 0;    // of programs that are no mail server mailban knows
    std::uint64_t no_header = 0;         // without a header
    std::vector<ShapeRow> shapes{};      // of known servers: the likeliest first, then by lines
    std::vector<ShapeRow> headerless{};  // the same of lines without a header
    std::vector<ProgramRow> programs{};  // unknown ones, by lines
    // Different ones of each, of which the lists may be the beginning.
    std::uint64_t distinct_shapes = 0;
    std::uint64_t distinct_headerless = 0;
    std::uint64_t distinct_programs = 0;
    // Whatever was forgotten to bound memory came at most so often; 0: nothing was.
    std::uint64_t missed = 0;

    std::uint64_t events_in_all() const noexcept;
    std::uint64_t silent_in_all() const noexcept;
    std::uint64_t silent_of(MailServer server) const noexcept;
};

class LineSurvey {
public:
    static constexpr std::size_t kRoom = 8192;
    static constexpr std::size_t kLongestExample = 512;

    explicit LineSurvey(std::uint64_t hash_seed, std::size_t room = kRoom);

    // One line, how it was read and the time at which it counts.
    void add(std::string_view line, const Reading& reading, std::optional<Timestamp> time);

    // At most `top` of each list; `logs` is the reader's to fill in.
    LineFindings findings(std::size_t top) const;

private:
    struct Key {
        NoEventReason silence = NoEventReason::not_an_event;
        std::optional<MailServer> server{};
        LineShape shape{};
        bool operator==(const Key&) const = default;
    };
    struct KeyHash {
        SeededHash hash{};
        std::size_t operator()(const Key& key) const noexcept { return hash(key.shape.text); }
    };

    Frequent<Key, KeyHash> shapes_;
    Frequent<Key, KeyHash> headerless_;
    Frequent<std::string, SeededHash> programs_;
    LineFindings found_{};
};

// One line without a newline, printable ASCII whatever is in the logs.
std::string to_json(const LineFindings& findings);

}  // namespace mailban
