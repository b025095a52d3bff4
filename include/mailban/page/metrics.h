// The daemon's state as Prometheus reads it (text format 0.0.4).
#pragma once

#include "mailban/control/report.h"

#include <string>

namespace mailban {

inline constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";

// Every metric begins with mailban_. Labels are few: kinds, servers, verdicts, logs.
std::string metrics_text(const StatusReport& report);

}  // namespace mailban
