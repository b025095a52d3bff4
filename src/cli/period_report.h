// What `mailban report` shows people on a terminal.
#pragma once

#include "mailban/control/period_report.h"
#include "mailban/time/zone.h"

namespace mailban::cli {

// To stdout. Times are shown in `zone`.
void print_report(const PeriodReport& report, const Zone& zone);

}  // namespace mailban::cli
