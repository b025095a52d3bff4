#include "io/daemon/blind.h"

#include "io/discover/discover.h"

#include <cstddef>
#include <string>

namespace mailban::io {

namespace {

constexpr std::size_t kMost = 5;

std::string names_of(const std::vector<SourceConfig>& sources)
{
    std::string names;
    for (std::size_t at = 0; at < sources.size() && at < kMost; ++at)
        names += (at == 0 ? "" : ", ") + name_of_found(sources[at]);
    if (sources.size() > kMost) names += " and " + std::to_string(sources.size() - kMost) + " more";
    return names;
}

}  // namespace

std::string advise_blind(const Config& config)
{
    const Found found = discover();
    std::string remarks;
    for (const auto& remark : found.remarks)
        remarks += "; " + remark;
    if (found.sources.empty()) {
        return "no mail server was found on this machine (no log, and no unit in the journal); if "
               "there is one, name its log in `sources`" +
               remarks;
    }
    if (config.discover) return "`sources: auto` follows " + names_of(found.sources) + remarks;
    return "mail servers of this machine log to " + names_of(found.sources) +
           ": set `sources: auto`, or name these logs" + remarks;
}

}  // namespace mailban::io
