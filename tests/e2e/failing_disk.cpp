// Preloaded into a daemon: what it writes below the directory MAILBAN_DISK fails at times.
//
// While the file that MAILBAN_DISK_READ_ONLY_WHILE names exists, always, as on a file system that
// the kernel has made read-only under an open file. (A mount cannot be made so by hand while a file
// is open for writing.)
//
// While somebody has locked the file that MAILBAN_DISK_STANDS_STILL_WHILE names (flock), what
// writes waits, as on a file system that is frozen for a backup.
//
// With MAILBAN_DISK_ODDS one call in so many, by the numbers that MAILBAN_DISK_SEED begins: it
// fails with EIO or ENOSPC; or it is a write of half of its bytes, or nothing at all, and the last
// thing that the process does.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

namespace {

enum class Fate { well, refused, last };

std::string_view text_of(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : value;
}

bool is_on_disk(std::string_view path)
{
    const auto disk = text_of("MAILBAN_DISK");
    return !disk.empty() && path.starts_with(disk);
}

bool is_on_disk(int fd)
{
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const auto length = ::readlink(link.c_str(), path.data(), path.size());
    return length > 0 && is_on_disk({path.data(), static_cast<std::size_t>(length)});
}

Fate by_chance()
{
    // A daemon copies its write-ahead log in a thread of its own.
    static std::mutex one_at_a_time;
    const std::lock_guard lock(one_at_a_time);
    static const auto odds = std::strtoul(text_of("MAILBAN_DISK_ODDS").data(), nullptr, 10);
    static std::mt19937 numbers(static_cast<std::mt19937::result_type>(
        std::strtoul(text_of("MAILBAN_DISK_SEED").data(), nullptr, 10)));
    if (numbers() % odds != 0) return Fate::well;
    const auto what = numbers() % 4;
    errno = what == 0 ? ENOSPC : EIO;
    return what == 3 ? Fate::last : Fate::refused;
}

bool exists(std::string_view path)
{
    return !path.empty() && ::access(path.data(), F_OK) == 0;
}

void wait_for_lock(std::string_view path)
{
    if (path.empty()) return;
    const int fd = ::open(path.data(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ::flock(fd, LOCK_SH);
    ::close(fd);
}

template <class Place>
Fate fate_of(const Place& place)
{
    if (!is_on_disk(place)) return Fate::well;
    wait_for_lock(text_of("MAILBAN_DISK_STANDS_STILL_WHILE"));
    if (exists(text_of("MAILBAN_DISK_READ_ONLY_WHILE"))) {
        errno = EROFS;
        return Fate::refused;
    }
    return text_of("MAILBAN_DISK_ODDS").empty() ? Fate::well : by_chance();
}

[[noreturn]] void end()
{
    ::kill(::getpid(), SIGKILL);
    std::abort();
}

template <class Function>
Function* original(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// `call` writes so many of the bytes.
template <class Call>
ssize_t write_by_fate(int fd, std::size_t size, Call call)
{
    const Fate fate = fate_of(fd);
    if (fate == Fate::refused) return -1;
    if (fate == Fate::well) return call(size);
    call(size / 2);
    end();
}

template <class Place, class Call>
int do_by_fate(const Place& place, Call call)
{
    const Fate fate = fate_of(place);
    if (fate == Fate::last) end();
    return fate == Fate::refused ? -1 : call();
}

}  // namespace

extern "C" {

ssize_t pwrite64(int fd, const void* bytes, std::size_t size, off64_t offset)
{
    static auto* const real = original<ssize_t(int, const void*, std::size_t, off64_t)>("pwrite64");
    return write_by_fate(fd, size, [&](std::size_t some) { return real(fd, bytes, some, offset); });
}

ssize_t pwrite(int fd, const void* bytes, std::size_t size, off_t offset)
{
    static auto* const real = original<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
    return write_by_fate(fd, size, [&](std::size_t some) { return real(fd, bytes, some, offset); });
}

ssize_t write(int fd, const void* bytes, std::size_t size)
{
    static auto* const real = original<ssize_t(int, const void*, std::size_t)>("write");
    return write_by_fate(fd, size, [&](std::size_t some) { return real(fd, bytes, some); });
}

int fsync(int fd)
{
    static auto* const real = original<int(int)>("fsync");
    return do_by_fate(fd, [&] { return real(fd); });
}

int fdatasync(int fd)
{
    static auto* const real = original<int(int)>("fdatasync");
    return do_by_fate(fd, [&] { return real(fd); });
}

int ftruncate64(int fd, off64_t length) noexcept
{
    static auto* const real = original<int(int, off64_t)>("ftruncate64");
    return do_by_fate(fd, [&] { return real(fd, length); });
}

int ftruncate(int fd, off_t length) noexcept
{
    static auto* const real = original<int(int, off_t)>("ftruncate");
    return do_by_fate(fd, [&] { return real(fd, length); });
}

int rename(const char* before, const char* after) noexcept
{
    static auto* const real = original<int(const char*, const char*)>("rename");
    return do_by_fate(std::string_view(before), [&] { return real(before, after); });
}

int unlink(const char* path) noexcept
{
    static auto* const real = original<int(const char*)>("unlink");
    return do_by_fate(std::string_view(path), [&] { return real(path); });
}
}
