// Completion for shells: what may stand where the cursor is, worked out from the tree of commands
// itself. The shells' scripts (completions/) only ask for it and show it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace mailban::cli {

// `mailban __complete WORD...`, which no help lists.
inline constexpr const char* kCompleteCommand = "__complete";
// `words` stand behind the program's name, and the last one is being written; it may be empty.
// Prints one candidate a line, and behind a tab its meaning; ":files" asks for names of files.
// Addresses are those of the daemon, rules those of its configuration.
int complete(const CLI::App& app, std::span<const std::string> words);

}  // namespace mailban::cli
