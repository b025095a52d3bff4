#include "mailban/event/source.h"

namespace mailban {

SourceId SourceNames::id_of(std::string_view name)
{
    if (const auto known = ids_.find(name); known != ids_.end()) return known->second;
    const auto id = static_cast<SourceId>(names_.size());
    const auto [added, is_new] = ids_.emplace(name, id);
    names_.push_back(&added->first);
    return id;
}

}  // namespace mailban
