// JournalMessage: an entry of systemd's journal, by its fields.
#pragma once

#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

struct JournalMessage {
    Timestamp time{};
    std::string_view host{};
    std::string_view program{};
    std::optional<std::uint32_t> pid{};
    std::string_view text{};
    std::string_view container{};  // CONTAINER_NAME; empty: no container wrote it
    // The rest of the container's line stands in a later entry.
    bool is_unfinished = false;
};

}  // namespace mailban
