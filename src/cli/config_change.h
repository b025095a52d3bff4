// A change of the configuration file that a command proposes: shown, and written if that is asked.
#pragma once

#include "mailban/config/amend.h"
#include "mailban/config/config.h"

#include <optional>
#include <string>
#include <variant>

namespace mailban::cli {

struct ConfigChange {
    std::string path{};
    std::optional<std::string> before{};  // nullopt: there is no such file
    std::string after{};

    bool is_needed() const { return before != std::optional(after); }
};

// The record of an undo holds whole paths.
std::string absolute_path_of(const std::string& path);

// The configuration at `path` as it is; where there is no such file, one with the defaults. nullopt
// after every mistake in it was printed.
struct StandingConfig {
    std::optional<std::string> text{};
    Config config{};
};
std::optional<StandingConfig> read_standing(const std::string& path);

// What the file would be with the amendment. An exit code after it was said why there is none.
std::variant<ConfigChange, int> plan_change(const std::string& path, const StandingConfig& standing,
                                            const Amendment& amendment);

// As a diff; that nothing changes, where nothing does.
void print_change(const ConfigChange& change);
// The same as one text, without colours.
std::string diff_text(const ConfigChange& change);

// Writes it, with a record for `mailban setup --undo`. The exit code.
int write_change(const ConfigChange& change);

}  // namespace mailban::cli
