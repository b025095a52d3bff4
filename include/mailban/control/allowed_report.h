// What `mailban allow` lists: everything that is never banned, and where that is said.
#pragma once

#include "mailban/ban/allowlist.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

struct AllowFileReport {
    std::string file{};
    std::uint64_t prefixes = 0;
    std::vector<std::string> problems{};  // it cannot be read, or lines that cannot be understood
};

struct HostNameReport {
    std::string name{};
    std::vector<std::string> addresses{};
    std::string problem{};  // why it does not resolve
};

struct AllowedReport {
    std::vector<Allowed> entries{};
    std::vector<AllowFileReport> files{};
    std::vector<HostNameReport> names{};
    std::optional<std::string> next{};  // of the entries: see page.h
};

// One line of JSON without a newline: {"ok":true,"result":…,"next":…}.
std::string reply_with(const AllowedReport& report);

}  // namespace mailban
