#include "io/allow/allow_file.h"

#include "mailban/config/load.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace mailban::io {

namespace {

constexpr std::size_t kLargest = 1 << 20;

Error failure(const char* what, const std::string& path)
{
    return Error{std::string("cannot ") + what + " " + path + ": " +
                 std::generic_category().message(errno)};
}

}  // namespace

Result<Descriptor> open_allow_file(const std::string& path)
{
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!file.is_open()) return failure("open", path);
    struct stat status = {};
    if (::fstat(file.get(), &status) != 0) return failure("look at", path);
    if (!S_ISREG(status.st_mode)) return Error{path + " is not a regular file"};
    return file;
}

Result<std::string> read_allow_text(const Descriptor& file, const std::string& path)
{
    std::string text(kLargest + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const auto more =
            ::pread(file.get(), text.data() + size, text.size() - size, static_cast<off_t>(size));
        if (more < 0) return failure("read", path);
        if (more == 0) break;
        size += static_cast<std::size_t>(more);
    }
    if (size > kLargest)
        return Error{path + " is larger than " + std::to_string(kLargest) + " bytes"};
    text.resize(size);
    return text;
}

AllowedFile parse_allow_file(std::string_view text, const std::string& path)
{
    const AllowFile read = read_allow_file(text, path);
    AllowedFile file;
    file.path = path;
    for (std::size_t at = 0; at < read.prefixes.size(); ++at) {
        Allowed& entry = file.entries.emplace_back();
        entry.prefix = read.prefixes[at];
        entry.origin = AllowOrigin::file;
        entry.source = path;
        entry.line = read.lines[at];
    }
    for (const auto& error : read.errors)
        file.problems.push_back(to_string(error));
    return file;
}

PrefixSet load_allowlist(const AllowConfig& config, std::vector<std::string>& problems)
{
    PrefixSet allow(config.prefixes);
    for (const auto& path : config.files) {
        const auto opened = open_allow_file(path);
        const auto text = opened ? read_allow_text(*opened, path) : opened.error();
        if (!text) {
            problems.push_back(text.error().message);
            continue;
        }
        AllowedFile file = parse_allow_file(*text, path);
        for (const Allowed& entry : file.entries)
            allow.insert(entry.prefix);
        for (auto& problem : file.problems)
            problems.push_back(std::move(problem));
    }
    return allow;
}

}  // namespace mailban::io
