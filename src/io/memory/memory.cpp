#include "io/memory/memory.h"

#include <malloc.h>

namespace mailban::io {

void return_large_blocks()
{
#ifdef __GLIBC__
    constexpr int kLarge = 256 * 1024;
    mallopt(M_MMAP_THRESHOLD, kLarge);
#endif
}

void return_free_memory()
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

}  // namespace mailban::io
