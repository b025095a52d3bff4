#include "io/files/pattern_files.h"

#include "io/files/trusted_file.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

PatternFile read_one(const fs::path& path)
{
    PatternFile file{path.stem().string(), path.string()};
    auto text = read_trusted(file.path);
    if (text) {
        file.text = std::move(*text);
    } else {
        file.problem = text.error().message;
    }
    return file;
}

}  // namespace

std::string pattern_folder()
{
    constexpr const char* kBelow = "share/mailban/patterns";
    if (const char* const named = std::getenv("MAILBAN_PATTERNS")) return named;
    std::error_code ec;
    const auto program = fs::read_symlink("/proc/self/exe", ec);
    const auto beside = program.parent_path().parent_path() / kBelow;
    if (!ec && fs::is_directory(beside, ec)) return beside.string();
    return "/usr/" + std::string(kBelow);
}

PatternFiles read_pattern_files(const std::string& folder)
{
    PatternFiles files;
    std::error_code ec;
    for (fs::directory_iterator entry(folder, ec), end; !ec && entry != end; entry.increment(ec)) {
        if (entry->path().extension() == ".yaml") files.push_back(read_one(entry->path()));
    }
    std::sort(files.begin(), files.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    return files;
}

}  // namespace mailban::io
