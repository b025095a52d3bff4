// How much memory stays with the process after it was freed. Nothing where libc is not glibc.
#pragma once

namespace mailban::io {

// From now on large blocks go back to the kernel as soon as they are freed. glibc would soon cease
// to: by itself its threshold rises to the largest block that was ever freed.
void return_large_blocks();

// What small blocks have left free goes back, too: what a look at a firewall with many bans needed
// for a moment.
void return_free_memory();

}  // namespace mailban::io
