// Commands that take many addresses and prefixes: on the command line, from a file, from stdin.
#pragma once

#include "cli/command.h"

#include <functional>
#include <string>
#include <vector>

namespace mailban::cli {

struct TargetOptions {
    std::vector<std::string> targets{};
    std::string file{};  // "-": stdin

    bool empty() const noexcept { return targets.empty() && file.empty(); }
};
void add_target_options(CLI::App& command, TargetOptions& options, const std::string& what);

// One address or prefix as it was written.
struct Target {
    std::string text{};
    Prefix prefix{};
    bool is_address = false;  // without a length
};
// All of them; or what is wrong with each that is none, and nothing is to be done then. Of a file:
// one a line, blank lines and what follows a # are left out.
Result<std::vector<Target>> read_targets(const TargetOptions& options);

// Asks for one target after the other and prints what came of each. With --json, one line: the
// result of the only target that the command line names, else an array of
// {"target":…,"ok":…,"result":… or "error":…}. `is_success` judges a result. The exit code: kDone
// if all went well.
int ask_for_each(const DaemonOptions& options, const TargetOptions& given,
                 const std::vector<Target>& targets, Request request, const Join& join,
                 const std::function<bool(const nlohmann::ordered_json& result)>& is_success);

}  // namespace mailban::cli
