#include "cli/config_change.h"

#include "cli/command.h"
#include "cli/config_file.h"
#include "cli/terminal.h"
#include "io/files/pattern_files.h"
#include "io/setup/change_files.h"
#include "mailban/setup/line_diff.h"

#include <filesystem>
#include <iostream>
#include <system_error>
#include <utility>

namespace mailban::cli {

namespace {

// A file must have a key, and this is the shipped default.
constexpr std::string_view kNewFile =
    "# Configuration of mailban. Every key that is not here has its default; "
    "docs/configuration.md\n"
    "# is the reference. `mailban check` tests this file, `mailban reload` activates it.\n"
    "sources: auto\n";

std::vector<DiffLine> diff_of(const ConfigChange& change)
{
    return line_diff(change.before.value_or(""), change.after);
}

std::string heading_of(const ConfigChange& change)
{
    return change.before ? "Change of " + change.path + ":" : "New file " + change.path + ":";
}

Colour colour_of(DiffLine::Kind kind)
{
    if (kind == DiffLine::Kind::removed) return Colour::red;
    if (kind == DiffLine::Kind::added) return Colour::green;
    return kind == DiffLine::Kind::gap ? Colour::bold : Colour::none;
}

}  // namespace

std::string absolute_path_of(const std::string& path)
{
    std::error_code ec;
    const auto whole = std::filesystem::absolute(path, ec).lexically_normal();
    return ec ? path : whole.string();
}

std::optional<StandingConfig> read_standing(const std::string& path)
{
    const auto text = io::read_if_there(path);
    if (!text) {
        fail(kFailed, text.error().message);
        return std::nullopt;
    }
    StandingConfig standing;
    standing.text = *text;
    if (!*text) {
        const auto loaded = load_config(kNewFile, path);
        standing.config = std::get<Config>(loaded);
        return standing;
    }
    auto config = read_config(path);
    if (!config) return std::nullopt;
    standing.config = std::move(*config);
    return standing;
}

std::variant<ConfigChange, int> plan_change(const std::string& path, const StandingConfig& standing,
                                            const Amendment& amendment)
{
    const auto text = standing.text.value_or(std::string(kNewFile));
    auto after = amend(text, path, io::read_pattern_files(), amendment);
    if (!after) return fail(kFailed, after.error().message);
    return ConfigChange{path, standing.text, std::move(*after)};
}

void print_change(const ConfigChange& change)
{
    if (!change.is_needed()) {
        std::cout << printable(change.path) << " says all of it already; nothing to change\n";
        return;
    }
    std::cout << printable(heading_of(change)) << '\n';
    for (const auto& line : diff_of(change))
        std::cout << "  " << paint(colour_of(line.kind), printable(to_string(line))) << '\n';
}

std::string diff_text(const ConfigChange& change)
{
    std::string text;
    for (const auto& line : diff_of(change))
        text += to_string(line) + '\n';
    return text;
}

int write_change(const ConfigChange& change)
{
    if (!change.is_needed()) return kDone;
    const auto record = io::undo_record_of(change.path);
    const auto written = io::change_file(record, change.path, change.before, change.after);
    if (!written) return fail(kFailed, written.error().message);
    return kDone;
}

}  // namespace mailban::cli
