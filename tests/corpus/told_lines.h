// The corpus that people write: lines with their meaning beneath. exim.txt says how it reads.
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mailban::test {

struct Expectation {
    IpAddress ip{};
    EventKind kind = EventKind::auth_failure;
    std::optional<std::string> reply{};
    std::optional<std::string> enhanced{};
    std::optional<std::string> port{};
    std::optional<std::string> local{};
    std::optional<std::string> pid{};
    std::optional<std::string> service{};
    std::optional<std::string> reporter{};
    std::optional<std::string> attempts{};
    std::optional<std::string> lasted{};  // seconds
    std::optional<std::string> session{};
    std::optional<std::string> password{};    // its mark; written as what the line tells, "-": none
    std::optional<std::string> unanswered{};  // "yes" or "no"
    std::optional<std::string> account{};     // "-": none
};

struct ToldLine {
    int number = 0;  // in its file
    bool begins_a_log = false;
    Assurances assured{};  // of its log, which the log's title names
    std::string text{};
    std::optional<Expectation> expected{};  // nullopt: nothing
};

// What cannot be understood throws: a test would otherwise pass by a slip of the pen.
std::vector<ToldLine> read_told_lines(const std::filesystem::path& path);

// The event in the notation of the corpus, with the fields that `like` names.
std::string describe(const std::optional<Event>& event, const std::optional<Expectation>& like);
std::string describe(const std::optional<Expectation>& expected);

}  // namespace mailban::test
