// Numbers with their nouns, as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailban {

// "1 address", "0 addresses", "12 addresses": `one` or `many` behind the number.
inline std::string plural(std::uint64_t number, std::string_view one, std::string_view many)
{
    std::string text = std::to_string(number) + ' ';
    return text.append(number == 1 ? one : many);
}

}  // namespace mailban
