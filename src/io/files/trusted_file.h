// Files that say what mailban does: opened only where nobody else can have written them.
//
// What is looked at is what was opened: the directory that holds the file, and the one that holds
// a link to it, and the file itself, each by its descriptor. Changing names meanwhile gains
// nothing.
#pragma once

#include "io/source/descriptor.h"
#include "mailban/config/ownership.h"
#include "mailban/result.h"

#include <cstddef>
#include <string>

namespace mailban::io {

// A regular file, for reading. Anything else is refused and not waited for; an error names the
// path, the cause and what helps.
Result<Descriptor> open_trusted(const std::string& path);

// From the beginning, at most `limit` bytes; more is an error.
Result<std::string> read_all(const Descriptor& file, const std::string& path, std::size_t limit);

// Both at once.
Result<std::string> read_trusted(const std::string& path, std::size_t limit = 1U << 20U);

Result<Ownership> ownership_of(const Descriptor& opened, const std::string& path);

// The state directory, which is there; an error: it cannot be used.
Status check_state_directory(const std::string& path);
// Takes away from a file of our own what others may do with it; nothing where there is none.
void keep_to_ourselves(const std::string& path);

}  // namespace mailban::io
