// What of a source in the journal works here: the journal may be read, the units exist, their
// messages are understood.
#pragma once

#include "io/daemon/check.h"

namespace mailban::io {

// One finding for each unit and identifier of the source.
std::vector<Finding> check_journal(const SourceConfig& source);

}  // namespace mailban::io
