// journal_parts: what mail servers have written into a journal, this machine's or another's.
#pragma once

#include "io/source/journal_match.h"
#include "mailban/result.h"

#include <string>
#include <vector>

namespace mailban::io {

// One part for each mail server's unit that the journal in `directory` (empty: this machine's) has
// entries of, whether the unit is still there or not; then one for each name that mail servers
// have, of what was written under it outside of these units. An error where there is no journal,
// or none that may be read; it says what to do.
Result<std::vector<JournalSelection>> journal_parts(const std::string& directory);

}  // namespace mailban::io
