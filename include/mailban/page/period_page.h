// The page of `mailban report`.
#pragma once

#include "mailban/control/period_report.h"
#include "mailban/time/zone.h"

#include <string>

namespace mailban::page {

// One file of HTML that needs nothing else. Times are shown in `zone`.
std::string period_page(const PeriodReport& report, const Zone& zone);

}  // namespace mailban::page
