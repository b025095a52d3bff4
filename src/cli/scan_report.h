// What a scan found, for people.
#pragma once

#include "mailban/survey/findings.h"
#include "mailban/time/zone.h"

namespace mailban::cli {

// Totals, top lists and the plot, to stdout. Times are shown in `zone`.
void print_findings(const Findings& findings, const Zone& zone);

// Parts of it: how much of each kind there was; the top lists and the plot; what was left out to
// bound memory, where anything was.
void print_totals(const Findings& findings);
void print_lists(const Findings& findings, const Zone& zone);
void print_forgotten(const Forgotten& forgotten);

// Every account with its wrong passwords, as `sort | uniq -c | sort -n` prints them.
void print_accounts(const Findings& findings);

}  // namespace mailban::cli
