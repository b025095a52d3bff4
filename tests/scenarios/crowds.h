// Many who look alike: customers behind one address, customers whom nobody knows yet, and guesses
// that neither an address nor an account shows.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/scenario.h"

namespace mailban::test {

// The suite for one seed. `percent`: so many customers and attackers, of the usual number.
std::vector<Scenario> crowd_scenarios(std::uint64_t seed, std::uint32_t percent = 100);

// An attack on a mail server on mailban's first day, when it has seen no login.
std::vector<Scenario> first_day_attacks(std::uint64_t seed);

}  // namespace mailban::test
