// Patterns that come with mailban: files that hold what `patterns:` of a configuration may hold,
// each under a name by which a source's `parser:` asks for all of them.
#pragma once

#include "mailban/config/load.h"
#include "mailban/parse/pattern.h"

#include <variant>
#include <vector>

namespace mailban {

// Its patterns, each tried on its examples, or every mistake in it. Takes any bytes.
std::variant<std::vector<PatternSpec>, std::vector<ConfigError>> read_pattern_file(
    const PatternFile& file);

}  // namespace mailban
