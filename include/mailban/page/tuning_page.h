// What a tuning found, as sentences and as a page.
#pragma once

#include "mailban/replay/tuning.h"
#include "mailban/time/zone.h"

#include <string>
#include <vector>

namespace mailban::page {

// Whether the logs hold too few attempts to judge limits by.
bool is_too_little(const Tuning& tuning) noexcept;
// What was seen, in sentences; the first is the summary, the others qualify it.
std::vector<std::string> seen_sentences(const Tuning& tuning, const Zone& zone);
// What is proposed for one rule, and why, in a sentence.
std::string proposal_sentence(const RuleTuning& tuned, Basis basis);
// "5 within 10m"
std::string setting(const TuningPoint& point);

// One file of HTML that needs nothing else. `config`: what was varied.
std::string tuning_page(const Tuning& tuning, const std::string& config, const Zone& zone);

}  // namespace mailban::page
