// The seed of a test that draws lots: fixed, so that each run can be repeated, and printed.
// MAILBAN_PROPERTY_SEED chooses another one; `fresh` draws a new one at each run.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>

namespace mailban::test {

inline std::uint32_t property_seed()
{
    constexpr std::uint32_t kUsual = 20261129;
    const auto* const variable = std::getenv("MAILBAN_PROPERTY_SEED");
    const std::string_view chosen = variable == nullptr ? "" : variable;
    std::uint32_t seed = kUsual;
    if (chosen == "fresh")
        seed = std::random_device()();
    else if (!chosen.empty())
        seed = static_cast<std::uint32_t>(std::strtoul(variable, nullptr, 10));
    std::cout << "MAILBAN_PROPERTY_SEED=" << seed << '\n';
    return seed;
}

}  // namespace mailban::test
