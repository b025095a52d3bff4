// Where events come from: each source has a number, the same as long as the process lives. A reload
// makes other logs followed; what was seen or is still to be written names its source by number.
#pragma once

#include "mailban/net/seeded_hash.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mailban {

using SourceId = std::uint32_t;

class SourceNames {
public:
    SourceNames() = default;
    SourceNames(const SourceNames&) = delete;
    SourceNames& operator=(const SourceNames&) = delete;

    // The same for the same name; a new one, the next number, for a name that was not given before.
    // A log's name is its path or what `mailban status` calls its part of the journal: no two kinds
    // of source have names alike. Some hundred nanoseconds; forgets none.
    SourceId id_of(std::string_view name);
    // The name that id_of() has given this number. Stays where it is.
    const std::string& name_of(SourceId id) const { return *names_.at(id); }

    std::size_t size() const noexcept { return names_.size(); }
    // All names by number; each stays where it is.
    const std::vector<const std::string*>& all() const noexcept { return names_; }

private:
    std::unordered_map<std::string, SourceId, SeededHash, std::equal_to<>> ids_{};
    std::vector<const std::string*> names_{};  // keys of ids_
};

}  // namespace mailban
