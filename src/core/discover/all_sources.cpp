#include "mailban/discover/all_sources.h"

#include "mailban/discover/shell_pattern.h"

#include <algorithm>
#include <iterator>

namespace mailban {

namespace {

bool any_fits(const std::vector<std::string>& patterns, const std::vector<std::string>& names)
{
    return !names.empty() &&
           std::any_of(patterns.begin(), patterns.end(),
                       [&](const auto& pattern) { return fits_pattern(pattern, names.front()); });
}

bool follows(const SourceConfig& own, const SourceConfig& found)
{
    if (!found.file.empty()) return own.file == found.file || fits_pattern(own.file, found.file);
    if (!own.directory.empty()) return false;
    std::vector<std::string> units;
    for (const auto& unit : own.units)
        units.push_back(full_unit_name(unit));
    return any_fits(units, found.units) || any_fits(own.identifiers, found.identifiers) ||
           any_fits(own.containers, found.containers);
}

}  // namespace

std::vector<SourceConfig> all_sources(const Config& config, const Found& found)
{
    auto all = config.sources;
    if (!config.discover) return all;
    const auto is_new = [&](const SourceConfig& one) {
        return std::none_of(config.sources.begin(), config.sources.end(),
                            [&](const auto& own) { return follows(own, one); });
    };
    const auto own = static_cast<std::ptrdiff_t>(all.size());
    std::copy_if(found.sources.begin(), found.sources.end(), std::back_inserter(all), is_new);
    std::for_each(all.begin() + own, all.end(),
                  [&](SourceConfig& one) { one.assured.proxies = config.proxies; });
    return all;
}

std::string name_of_found(const SourceConfig& source)
{
    if (!source.file.empty()) return source.file;
    if (!source.units.empty()) return "journal unit " + source.units.front();
    if (!source.identifiers.empty()) return "journal identifier " + source.identifiers.front();
    return source.containers.empty() ? "" : "journal container " + source.containers.front();
}

}  // namespace mailban
