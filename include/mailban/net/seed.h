// Seed: the secret of this process that its hashes depend on. Drawn outside the core, once a run.
#pragma once

#include <cstdint>

namespace mailban {

struct Seed {
    std::uint64_t value = 0;
};

}  // namespace mailban
