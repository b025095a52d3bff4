#include "mailban/time/local_text.h"

#include <array>
#include <cstdio>
#include <cstdlib>

namespace mailban {

std::string local_text(Timestamp at, const Zone& zone)
{
    const auto offset = zone.offset_at(at);
    // "2026-11-28T20:19:08Z"
    auto text = format_timestamp(std::chrono::floor<std::chrono::seconds>(at) + offset);
    text[text.find('T')] = ' ';
    text.pop_back();
    const auto minutes = std::abs(std::chrono::duration_cast<std::chrono::minutes>(offset).count());
    std::array<char, 32> shown{};
    std::snprintf(shown.data(), shown.size(), " %c%02d%02d", offset.count() < 0 ? '-' : '+',
                  static_cast<int>(minutes / 60), static_cast<int>(minutes % 60));
    return text + shown.data();
}

std::string until_text(Until until, const Zone& zone)
{
    return until ? "until " + local_text(*until, zone) : "forever";
}

}  // namespace mailban
