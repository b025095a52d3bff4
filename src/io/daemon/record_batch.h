// RecordBatch: what one transaction writes. It refers to nothing that may change meanwhile, so that
// another thread can write it.
#pragma once

#include "io/source/source_position.h"
#include "io/store/store.h"
#include "mailban/ban/ban.h"
#include "mailban/engine/effect.h"

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mailban::io {

// Who is banned and who was before, at a moment.
struct Standing {
    std::vector<Ban> bans{};  // in their order; those that are only observed, too
    std::vector<Offender> offenders{};
    Timestamp at{};
};

struct RecordBatch {
    using Counts = std::array<std::size_t, std::variant_size_v<Record>>;

    // In place of whatever the store has of bans.
    std::optional<Standing> standing{};
    std::vector<Record> records{};
    Counts counts{};                          // of records, by kind
    std::vector<const std::string*> names{};  // of the records' sources, which outlive this
    std::map<std::string, std::vector<IpAddress>> addresses{};
    std::map<std::string, std::optional<LearnedClock>> clocks{};
    std::map<std::string, SourcePosition> positions{};

    // All of it in one transaction; on an error nothing is stored.
    Status write_to(Store& store) const;
};

}  // namespace mailban::io
