#include "mailban/config/byte_size.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mailban {

namespace {

struct Unit {
    std::string_view name{};
    std::uint64_t bytes = 1;
};

constexpr std::array<Unit, 4> kUnits{{{"TiB", std::uint64_t{1} << 40U},
                                      {"GiB", std::uint64_t{1} << 30U},
                                      {"MiB", std::uint64_t{1} << 20U},
                                      {"KiB", std::uint64_t{1} << 10U}}};
constexpr std::uint64_t kMost = std::uint64_t{1} << 50U;

}  // namespace

std::optional<std::uint64_t> parse_byte_size(std::string_view text)
{
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{}) return std::nullopt;
    const std::string_view name(stop, static_cast<std::size_t>(end - stop));
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [name](const Unit& one) { return one.name == name; });
    if (unit == kUnits.end() || number > kMost / unit->bytes) return std::nullopt;
    return number * unit->bytes;
}

std::string format_byte_size(std::uint64_t bytes)
{
    const auto unit = std::find_if(kUnits.begin(), kUnits.end() - 1,
                                   [bytes](const Unit& one) { return bytes >= one.bytes; });
    std::string text = std::to_string(bytes / unit->bytes);
    const std::uint64_t tenths = bytes % unit->bytes * 10 / unit->bytes;
    if (tenths > 0) text += '.' + std::to_string(tenths);
    return text.append(unit->name);
}

}  // namespace mailban
