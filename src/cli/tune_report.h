// What a tuning found, for people.
#pragma once

#include "mailban/replay/tuning.h"
#include "mailban/survey/findings.h"
#include "mailban/time/zone.h"

#include <string>
#include <vector>

namespace mailban::cli {

// Tables, plots, and the rules to paste, to stdout.
void print_tuning(const Tuning& tuning, const std::string& config,
                  const std::vector<LogFindings>& logs, const Zone& zone);

}  // namespace mailban::cli
