#include "mailban/time/local_text.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace mailban {

namespace {

constexpr std::size_t kBetweenDateAndTime = 10;

}  // namespace

std::string local_text(Timestamp at, const Zone& zone)
{
    const auto offset = zone.offset_at(at);
    auto text = format_timestamp(std::chrono::floor<std::chrono::seconds>(at) + offset);
    text[kBetweenDateAndTime] = ' ';
    text.back() = ' ';  // was "Z"
    const auto minutes =
        static_cast<int>(std::chrono::duration_cast<std::chrono::minutes>(offset).count());
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%c%02d%02d", offset.count() < 0 ? '-' : '+',
                  std::abs(minutes) / 60, std::abs(minutes) % 60);
    return text + buffer.data();
}

std::string until_text(Until until, const Zone& zone)
{
    return until ? "until " + local_text(*until, zone) : "forever";
}

}  // namespace mailban
