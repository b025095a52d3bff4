// What a scan found, for people.
#pragma once

#include "mailban/survey/findings.h"
#include "mailban/time/zone.h"

namespace mailban::cli {

// Totals, top lists and the plot, to stdout. Times are shown in `zone`.
void print_findings(const Findings& findings, const Zone& zone);

// Every account with its wrong passwords, as `sort | uniq -c | sort -n` prints them.
void print_accounts(const Findings& findings);

}  // namespace mailban::cli
