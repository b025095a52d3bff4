// YAML text to Config, or every mistake in it.
#pragma once

#include "mailban/config/config.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailban {

// One mistake, where it stands and what to do about it.
struct ConfigError {
    std::string file{};
    int line = 0;           // 1-based
    int column = 0;         // 1-based
    std::string message{};  // what stands there, what was expected, the nearest valid name
    bool operator==(const ConfigError&) const = default;
};

// "mailban.yaml:12:5: unknown key 'limt' in rules[0]; did you mean 'limit'?"
std::string to_string(const ConfigError& error);

using LoadedConfig = std::variant<Config, std::vector<ConfigError>>;

// All mistakes are reported, in order of their place; any mistake means no Config. `file` is only
// for messages. Keys that are absent keep their defaults; `sources` and `rules` must not be empty.
LoadedConfig load_config(std::string_view text, std::string_view file);

struct AllowFile {
    std::vector<Prefix> prefixes{};
    std::vector<ConfigError> errors{};  // lines that are neither; the others still count
};

// An allow file: one address or prefix a line, `#` starts a comment, blank lines are skipped.
AllowFile read_allow_file(std::string_view text, std::string_view file);

// The candidate nearest to `word` by edit distance, if it is near enough to be what was meant.
std::optional<std::string_view> nearest_name(std::string_view word,
                                             const std::vector<std::string_view>& candidates);

}  // namespace mailban
