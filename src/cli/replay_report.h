// What a replay did, for people.
#pragma once

#include "mailban/replay/door_replay.h"
#include "mailban/replay/replay_result.h"
#include "mailban/survey/findings.h"
#include "mailban/time/zone.h"

#include <cstddef>
#include <string>
#include <vector>

namespace mailban::cli {

// How the logs were read and judged, for the first line.
struct ReplayHeading {
    std::string config{};
    const std::vector<LogFindings>& logs;
    const Zone& zone;
    std::size_t top = 0;  // rows of each list; 0: all
};

// Totals, bans by time, rules and clients, to stdout.
void print_outcome(const ReplayResult& outcome, const ReplayHeading& heading);

// Two configurations side by side.
void print_comparison(const ReplayResult& first, const ReplayResult& second,
                      const std::string& second_name, const ReplayHeading& heading);

// What the door would have answered, beside the logs alone.
void print_door(const ReplayResult& logs_alone, const DoorToll& door, const ReplayHeading& heading);

}  // namespace mailban::cli
