// What a syslog daemon writes in place of lines that equal the one before.
//
//     rsyslog:                          "prog[pid]: message repeated 3 times: [ the message]"
//     sysklogd, the BSDs, old rsyslog:  "last message repeated 3 times", with or without a tag
//     the same, elsewhere:              "--- last message repeated 3 times ---"
//     metalog:                          "[prog] Last output repeated 3 times", or "twice"
//     syslog-ng:                        "prog[pid]: Last message 'the first 20 bytes' repeated 3
//                                       times, suppressed by syslog-ng on host"
//
// They stand where a server's own message begins, which no client chooses. They count the lines
// that were left out, not the one before them.
#pragma once

#include "mailban/envelope/line_header.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

struct Repetition {
    std::uint32_t times = 1;
    bool is_cut = false;  // rsyslog keeps 800 bytes of the message
};

// Makes the message that was repeated the header's own; a line without such wrapping stays as it
// is.
Repetition unwrap_repeated(LineHeader& header) noexcept;

struct LastRepeated {
    std::uint32_t times = 1;
    std::string_view host{};
    // How the message began that was repeated; empty: the line does not tell.
    std::string_view beginning{};
};

// nullopt: this line does not speak of the one before it.
std::optional<LastRepeated> read_last_repeated(const LineHeader& header) noexcept;

}  // namespace mailban
