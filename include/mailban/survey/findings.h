// Findings: what a survey of old logs found, as values, and their JSON (docs/scan.md).
#pragma once

#include "mailban/net/prefix.h"
#include "mailban/survey/top_table.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailban {

// One log, as far as it was read.
struct LogFindings {
    std::string file{};
    std::uint64_t lines = 0;
    std::uint64_t events = 0;
    std::uint64_t unread = 0;  // lines too long to be read
    std::uint64_t bytes = 0;   // of text
    std::string problem{};     // why it, or the rest of it, was not read
};

struct KindTotal {
    std::uint64_t events = 0;    // lines that tell of it
    std::uint64_t attempts = 0;  // what they tell, each counted once
};

struct ReplyTotal {
    std::optional<std::uint16_t> reply{};  // nullopt: the line tells none
    std::uint64_t events = 0;
};

// An hour that begins at `time` (UTC), and the wrong passwords in it, each counted once.
struct HourTotal {
    Timestamp time{};
    std::uint64_t attempts = 0;
};

// What was dropped to stay within the memory allowed; all zero as a rule.
struct Forgotten {
    std::uint64_t addresses = 0;
    std::uint64_t subnets = 0;
    std::uint64_t accounts = 0;
    std::uint64_t pairs = 0;  // of an address and an account; their counts are then too low
    std::uint64_t hours = 0;  // attempts in no hour

    bool any() const noexcept { return (addresses | subnets | accounts | pairs | hours) != 0; }
};

struct Findings {
    std::vector<LogFindings> logs{};
    std::uint64_t events = 0;   // recognised lines, copies left out
    std::uint64_t copies = 0;   // second copies of a line in the same log
    std::uint64_t earlier = 0;  // events before the time that was asked for
    std::optional<Timestamp> first{};
    std::optional<Timestamp> last{};
    std::array<KindTotal, kEventKinds> kinds{};
    std::vector<ReplyTotal> replies{};  // by code
    std::vector<std::pair<IpAddress, TopRow>> addresses{};
    std::vector<std::pair<Prefix, TopRow>> subnets{};
    std::vector<std::pair<std::string, TopRow>> accounts{};
    std::uint64_t distinct_addresses = 0;
    std::uint64_t distinct_subnets = 0;
    std::uint64_t distinct_accounts = 0;
    std::vector<HourTotal> hours{};  // those with any, by time
    Forgotten forgotten{};
};

// One line without a newline, valid UTF-8 whatever is in the logs.
std::string to_json(const Findings& findings);

// One recognised line as an object of its own, with its newline.
std::string to_json_line(const Event& event, std::string_view file, std::uint64_t line);

}  // namespace mailban
