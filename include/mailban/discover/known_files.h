// Where mail servers log into files on the systems that mailban knows.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct KnownFile {
    // A path, or a pattern where a server dates the names itself.
    std::string_view path{};
    // "syslog", or the server that writes it.
    std::string_view writer{};
    // Taken only where mail has no log of its own: it holds everybody's lines.
    bool is_last_resort = false;
};

// The table; those of one writer stand together, and there is no rank among them.
const std::vector<KnownFile>& known_files();

// Those of the files that exist on a machine that are taken, in order. A log of last
// resort is none of them where syslog has another for mail, or where the journal has mail servers'
// units: their lines are there.
std::vector<std::string> taken_files(const std::vector<std::string>& existing, bool has_units);

}  // namespace mailban
