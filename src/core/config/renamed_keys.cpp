#include "renamed_keys.h"

#include <algorithm>

namespace mailban {

const RenamedKey* renamed_key(std::string_view section, std::string_view key) noexcept
{
    const auto found =
        std::find_if(kRenamedKeys.begin(), kRenamedKeys.end(), [&](const RenamedKey& renamed) {
            return renamed.section == section && renamed.old_name == key;
        });
    return found != kRenamedKeys.end() ? &*found : nullptr;
}

std::string warning_of(const RenamedKey& renamed)
{
    std::string text = "key '" + std::string(renamed.old_name) + '\'';
    if (!renamed.section.empty()) text += " in " + std::string(renamed.section);
    return text + " was renamed; change it to '" + std::string(renamed.name) + '\'';
}

}  // namespace mailban
