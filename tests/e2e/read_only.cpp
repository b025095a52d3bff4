// Preloaded into a daemon: while the file that MAILBAN_READ_ONLY_WHILE names exists, whatever is
// written below the directory MAILBAN_READ_ONLY fails as on a file system that the kernel has made
// read-only under an open file. (A mount cannot be made so by hand while a file is open for
// writing.)
#include <dlfcn.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool is_read_only(int fd)
{
    const char* const directory = std::getenv("MAILBAN_READ_ONLY");
    const char* const fault = std::getenv("MAILBAN_READ_ONLY_WHILE");
    if (directory == nullptr || fault == nullptr || ::access(fault, F_OK) != 0) return false;
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const auto length = ::readlink(link.c_str(), path.data(), path.size());
    return length > 0 &&
           std::string_view(path.data(), static_cast<std::size_t>(length)).starts_with(directory);
}

template <class Function>
Function* original(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t offset)
{
    static auto* const real = original<ssize_t(int, const void*, std::size_t, off64_t)>("pwrite64");
    if (!is_read_only(fd)) return real(fd, bytes, size, offset);
    errno = EROFS;
    return -1;
}

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset)
{
    static auto* const real = original<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
    if (!is_read_only(fd)) return real(fd, bytes, size, offset);
    errno = EROFS;
    return -1;
}

int ftruncate64(int fd, off64_t length) noexcept
{
    static auto* const real = original<int(int, off64_t)>("ftruncate64");
    if (!is_read_only(fd)) return real(fd, length);
    errno = EROFS;
    return -1;
}

int ftruncate(int fd, off_t length) noexcept
{
    static auto* const real = original<int(int, off_t)>("ftruncate");
    if (!is_read_only(fd)) return real(fd, length);
    errno = EROFS;
    return -1;
}
}
