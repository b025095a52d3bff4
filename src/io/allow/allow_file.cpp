#include "io/allow/allow_file.h"

#include "io/files/trusted_file.h"
#include "mailban/config/load.h"

namespace mailban::io {

namespace {

constexpr std::size_t kLargest = 1 << 20;

}  // namespace

Result<std::string> read_allow_text(const Descriptor& file, const std::string& path)
{
    return read_all(file, path, kLargest);
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
        const auto opened = open_trusted(path);
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
