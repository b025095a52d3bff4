// One allow file: opened, read and understood.
#pragma once

#include "io/source/descriptor.h"
#include "mailban/ban/allowlist.h"
#include "mailban/config/config.h"
#include "mailban/net/prefix_set.h"
#include "mailban/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailban::io {

// What is known of a file: what it said when it could last be read.
struct AllowedFile {
    std::string path{};
    std::vector<Allowed> entries{};
    std::vector<std::string> problems{};  // why it cannot be read; lines that were skipped
};

// All that is in it, from its beginning.
Result<std::string> read_allow_text(const Descriptor& file, const std::string& path);
AllowedFile parse_allow_file(std::string_view text, const std::string& path);

// The addresses and prefixes of a configuration with its files read, and what is wrong with those.
PrefixSet load_allowlist(const AllowConfig& config, std::vector<std::string>& problems);

}  // namespace mailban::io
