#include "io/daemon/sources.h"

#include "io/daemon/system.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

namespace {

// A log is called silent after ten times its longest pause so far, but not before this.
constexpr Duration kShortestSilence = std::chrono::minutes(15);
constexpr int kSilenceFactor = 10;

}  // namespace

struct Sources::Log {
    Log(std::uint32_t log_number, ParserName parser_name, Zone zone)
        : number(log_number), parser(parser_name, std::move(zone))
    {
    }

    std::uint32_t number;
    LogParser parser;
    std::unique_ptr<FileTail> tail{};
    bool caught_up = false;
    std::uint64_t events = 0;
    std::optional<Timestamp> last_line{};
    std::optional<Timestamp> last_event{};
    std::optional<Duration> lag{};
    Duration longest_pause{};
};

}  // namespace mailban::io
