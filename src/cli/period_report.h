// What `mailban report` shows people: text, and a page with plots.
#pragma once

#include "mailban/control/period_report.h"
#include "mailban/time/zone.h"

#include <string>

namespace mailban::cli {

void print_report(const PeriodReport& report, const Zone& zone);
std::string to_html(const PeriodReport& report, const Zone& zone);

}  // namespace mailban::cli
