#include "io/files/trusted_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 8;

Error failure(const char* what, const std::string& path, int error)
{
    return Error{std::string("cannot ") + what + " " + path + ": " +
                 std::generic_category().message(error)};
}

// Where a file's name is looked up; not open: errno says why.
Descriptor open_directory(const Descriptor& from, const std::string& path)
{
    const int base = from.is_open() ? from.get() : AT_FDCWD;
    return Descriptor(
        ::openat(base, path.empty() ? "." : path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

Result<std::string> link_target(const Descriptor& directory, const std::string& name)
{
    std::array<char, 4096> target{};
    const ssize_t size = ::readlinkat(directory.get(), name.c_str(), target.data(), target.size());
    if (size < 0) return failure("read the link", name, errno);
    return std::string(target.data(), static_cast<std::size_t>(size));
}

// A file that everybody may replace is as good as one that everybody may write.
Result<Descriptor> find(const std::string& path)
{
    Descriptor directory;
    fs::path rest(path);
    for (int links = 0; links < kMostLinks; ++links) {
        directory = open_directory(directory, rest.parent_path().string());
        if (!directory.is_open()) return failure("open", path, errno);
        const auto place = ownership_of(directory, rest.parent_path().string());
        if (!place) return place.error();
        if (const auto distrust = distrust_of_directory(*place, ::geteuid()))
            return Error{path + " is not read: " + *distrust};
        const std::string name = rest.filename().string();
        Descriptor file(::openat(directory.get(), name.c_str(),
                                 O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
        if (file.is_open()) return file;
        if (errno != ELOOP) return failure("open", path, errno);
        auto target = link_target(directory, name);
        if (!target) return target.error();
        rest = std::move(*target);
    }
    return failure("open", path, ELOOP);
}

}  // namespace

Result<Ownership> ownership_of(const Descriptor& opened, const std::string& path)
{
    struct stat st = {};
    if (::fstat(opened.get(), &st) != 0) return failure("look at", path, errno);
    constexpr mode_t kPermissions = 07777;
    return Ownership{path.empty() ? "." : path, st.st_uid, st.st_mode & kPermissions};
}

Result<Descriptor> open_trusted(const std::string& path)
{
    auto file = find(path);
    if (!file) return file;
    struct stat st = {};
    if (::fstat(file->get(), &st) != 0) return failure("look at", path, errno);
    if (!S_ISREG(st.st_mode)) return Error{path + " is not a regular file"};
    const auto ownership = ownership_of(*file, path);
    if (!ownership) return ownership.error();
    if (const auto distrust = distrust_of_file(*ownership, ::geteuid()))
        return Error{path + " is not read: " + *distrust};
    return file;
}

Result<std::string> read_all(const Descriptor& file, const std::string& path, std::size_t limit)
{
    // Not as much as the limit allows: a reload reads a dozen small files. One of /proc has no
    // size.
    struct stat st = {};
    const bool has_size = ::fstat(file.get(), &st) == 0 && st.st_size > 0;
    const std::size_t expected = has_size ? static_cast<std::size_t>(st.st_size) : 4096;
    std::string text;
    std::size_t size = 0;
    while (true) {
        if (size == text.size()) text.resize(std::min(limit, std::max(2 * size, expected)) + 1);
        const auto more =
            ::pread(file.get(), text.data() + size, text.size() - size, static_cast<off_t>(size));
        if (more < 0) return failure("read", path, errno);
        if (more == 0) break;
        size += static_cast<std::size_t>(more);
        if (size > limit)
            return Error{path + " is larger than " + std::to_string(limit) + " bytes"};
    }
    text.resize(size);
    return text;
}

Result<std::string> read_trusted(const std::string& path, std::size_t limit)
{
    const auto file = open_trusted(path);
    if (!file) return file.error();
    return read_all(*file, path, limit);
}

Status check_state_directory(const std::string& path)
{
    const Descriptor nowhere;
    const auto directory = open_directory(nowhere, path);
    if (!directory.is_open()) return failure("open the state directory", path, errno);
    const auto ownership = ownership_of(directory, path);
    if (!ownership) return ownership.error();
    if (auto distrust = distrust_of_state(*ownership, ::geteuid())) return Error{*distrust};
    return Done{};
}

void keep_to_ourselves(const std::string& path)
{
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
    struct stat st = {};
    if (!file.is_open() || ::fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode)) return;
    constexpr mode_t kOurs = 0600;
    if ((st.st_mode & 0777U) != kOurs && st.st_uid == ::geteuid()) ::fchmod(file.get(), kOurs);
}

}  // namespace mailban::io
