// YAML text to Config, or every mistake in it.
#pragma once

#include "mailban/config/config.h"

#include <cstdint>
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

// Patterns that come with mailban, under a name by which a source's `parser:` asks for all of them;
// pattern_files.h reads them.
struct PatternFile {
    std::string name{};  // "perdition"
    std::string path{};  // for messages
    std::string text{};
    std::string problem{};  // why it could not be read; empty: it could
    bool operator==(const PatternFile&) const = default;
};
using PatternFiles = std::vector<PatternFile>;

using LoadedConfig = std::variant<Config, std::vector<ConfigError>>;

// A longer text is refused unread.
inline constexpr std::size_t kMaxConfigSize = 1U << 20U;

// All mistakes are reported, in order of their place (past a hundred only their number); any
// mistake means no Config. A text that is not YAML has one mistake, the first. `file` is only for
// messages. Keys that are absent keep their defaults, and no list but `allow` may be empty. A text
// without any key is a mistake: it is what a full disk leaves of a file. Takes any bytes; throws
// nothing.
// `shipped`: the patterns that a source's `parser:` may name besides those of the text itself,
// which go first. They are read only if they are named.
LoadedConfig load_config(std::string_view text, std::string_view file,
                         const PatternFiles& shipped = {});

struct AllowFile {
    std::vector<Prefix> prefixes{};
    std::vector<int> lines{};           // where each of them stands
    std::vector<ConfigError> errors{};  // lines that are neither; the others still count
};

// An allow file: one address or prefix a line, `#` starts a comment, blank lines are skipped.
// Errors are in order; past a hundred only their number is told.
AllowFile read_allow_file(std::string_view text, std::string_view file);

// The candidate nearest to `word` by edit distance (swapped neighbours count one, case nothing), if
// it is near enough to be what was meant: a third of its letters wrong, or one, or only its first
// three or more written.
std::optional<std::string_view> nearest_name(std::string_view word,
                                             const std::vector<std::string_view>& candidates);

}  // namespace mailban
