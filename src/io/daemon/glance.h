// Glance: what the end of a log shows, or of the file that rotation made of it: whose lines there
// are, and whether the log is so new that it says nothing that there are none. Looks only.
#pragma once

#include "io/source/journal_match.h"
#include "mailban/config/config.h"
#include "mailban/parse/log_parser.h"

#include <array>
#include <cstddef>
#include <string>

namespace mailban::io {

struct Glance {
    std::size_t lines = 0;
    std::size_t known = 0;                            // of a server that mailban knows
    std::array<std::size_t, kMailServers> servers{};  // the same, by server
    bool is_new = false;

    // The line that `parser` has read last.
    void count(const LogParser& parser);
    bool shows(bool (*is_one)(MailServer)) const;
};

// A log that is younger says nothing by being empty: a mail server writes more often, if only as it
// starts.
inline constexpr Duration kNew = std::chrono::days(1);
// A young log with more lines than these should have had one of a mail server's.
inline constexpr std::size_t kFewLines = 20;

// At most the last 64 KiB of the file and, where these hold no known line, of the newest file that
// rotation made of it.
Glance glance_at_file(const std::string& path, const SourceConfig& source);
// The last few hundred entries; new where the whole journal is.
Glance glance_at_journal(const JournalMatch& match, const SourceConfig& source);

}  // namespace mailban::io
