// What a test that draws lots starts from, and how many it draws.
//
// The seed is fixed, so that each run can be repeated, and printed. MAILBAN_PROPERTY_SEED chooses
// another one; `fresh` draws a new one at each run. The amount is what the test says, of which
// MAILBAN_PROPERTY_PERCENT takes a share: with the sanitizers a line costs ten times as much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string_view>

namespace mailban::test {

inline std::uint32_t property_seed(std::uint32_t usual = 20261129)
{
    const auto* const variable = std::getenv("MAILBAN_PROPERTY_SEED");
    const std::string_view chosen = variable == nullptr ? "" : variable;
    std::uint32_t seed = usual;
    if (chosen == "fresh")
        seed = std::random_device()();
    else if (!chosen.empty())
        seed = static_cast<std::uint32_t>(std::strtoul(variable, nullptr, 10));
    std::cout << "MAILBAN_PROPERTY_SEED=" << seed << '\n';
    return seed;
}

// `variable` names the environment's variable that says the amount itself.
inline std::size_t property_amount(std::size_t usual,
                                   const char* variable = "MAILBAN_PROPERTY_LINES")
{
    if (const auto* const amount = std::getenv(variable)) return std::strtoul(amount, nullptr, 10);
    const auto* const percent = std::getenv("MAILBAN_PROPERTY_PERCENT");
    return percent == nullptr ? usual : usual * std::strtoul(percent, nullptr, 10) / 100;
}

}  // namespace mailban::test
