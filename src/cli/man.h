// Manual pages, made of the tree of commands that `--help` is made of.
#pragma once

#include <span>
#include <string>

#include <CLI/CLI.hpp>

namespace mailban::cli {

// `mailban __man DIRECTORY DOCUMENTS`, which no help lists and the build calls: writes the page of
// the program, one of each command, and those of the configuration and of the questions of mail
// servers, which are made of DOCUMENTS/configuration.md and DOCUMENTS/policy.md.
inline constexpr const char* kManCommand = "__man";
int write_man(const CLI::App& app, std::span<const std::string> words);

}  // namespace mailban::cli
