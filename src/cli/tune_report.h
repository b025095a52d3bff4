// What a tuning found, for people.
#pragma once

#include "mailban/replay/tuning.h"
#include "mailban/survey/findings.h"
#include "mailban/time/zone.h"

#include <string>
#include <vector>

namespace mailban::cli {

// What was seen, in sentences; the first is the summary, the others qualify it.
std::vector<std::string> seen_sentences(const Tuning& tuning, const Zone& zone);
// What is proposed for one rule, and why, in a sentence.
std::string proposal_sentence(const RuleTuning& tuned, Basis basis);

// Tables, plots, and the rules to paste, to stdout.
void print_tuning(const Tuning& tuning, const std::string& config,
                  const std::vector<LogFindings>& logs, const Zone& zone);

// The same as one file of HTML that needs nothing else: no scripts, nothing from outside.
std::string to_html(const Tuning& tuning, const std::string& config, const Zone& zone);

}  // namespace mailban::cli
