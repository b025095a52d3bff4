// LogParser: lines of one log in, events out.
//
// One parser a source; it may remember what earlier lines of the same log said, and nothing else.
// A line is raw bytes without its newline: any byte may occur in it, NUL and invalid UTF-8 too.
// Every address comes from the fixed structure of the line (see docs/architecture.md, invariant 1);
// a line that can be read in two ways yields nothing.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/exim_peers.h"
#include "mailban/time/zone.h"

#include <optional>
#include <span>
#include <string_view>

namespace mailban {

// What a source's `parser:` may name. `automatic` picks by what each line is.
enum class ParserName : std::uint8_t { automatic, exim };

std::optional<ParserName> parse_parser_name(std::string_view name) noexcept;
std::string_view to_string(ParserName name) noexcept;
std::span<const std::string_view> parser_names() noexcept;

class LogParser {
public:
    explicit LogParser(ParserName name = ParserName::automatic, Zone zone = {});

    // `now`: when the line was read; it gives an RFC 3164 stamp its year.
    std::optional<Event> parse(std::string_view line, Timestamp now);

private:
    ParserName name_;
    Zone zone_;
    EximPeers exim_peers_{};
};

}  // namespace mailban
