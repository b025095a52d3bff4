#include "cli/config_file.h"

#include "cli/command.h"
#include "io/daemon/zones.h"
#include "io/files/pattern_files.h"
#include "io/files/trusted_file.h"

#include <iostream>

namespace mailban::cli {

std::optional<Config> read_config(const std::string& path)
{
    const auto text = io::read_trusted(path);
    if (!text) {
        fail(kWrongUsage, text.error().message);
        return std::nullopt;
    }
    auto loaded = load_config(*text, path, io::read_pattern_files());
    std::vector<ConfigError> errors;
    if (const auto* mistakes = std::get_if<std::vector<ConfigError>>(&loaded)) errors = *mistakes;
    if (errors.empty()) errors = io::unknown_zones(std::get<Config>(loaded), path);
    for (const auto& error : errors)
        std::cerr << to_string(error) << '\n';
    if (!errors.empty()) return std::nullopt;
    return std::get<Config>(std::move(loaded));
}

std::optional<Config> read_config_and_warn(const std::string& path)
{
    auto config = read_config(path);
    if (!config) return std::nullopt;
    for (const auto& warning : config->warnings)
        std::cerr << warning << '\n';
    return config;
}

}  // namespace mailban::cli
