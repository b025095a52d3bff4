#include "io/source/past_files.h"

#include "io/source/log_glob.h"
#include "mailban/rotation/suffix.h"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

std::string name_of(const std::string& path)
{
    return fs::path(path).filename().string();
}

// `path` with everything in it that the shell would take for more than itself taken literally.
std::string literal(const std::string& path)
{
    std::string pattern;
    for (const char c : path) {
        if (std::string_view("*?[]\\").find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern;
}

void add_matches(const std::string& pattern, std::vector<LogMatch>& into)
{
    for (const auto& path : expand_glob(pattern))
        if (auto match = match_of(path)) into.push_back(std::move(*match));
}

// The files that rotation made of those, and nothing else whose name begins alike: mail.log.1, but
// neither mail.log.md nor mail.log-stats.
void add_rotated(const std::string& pattern, std::vector<LogMatch>& into)
{
    std::vector<LogMatch> found;
    for (const char* end : {".*", "-*", "~"})
        add_matches(pattern + end, found);
    std::ranges::copy_if(found, std::back_inserter(into), [](const LogMatch& one) {
        const auto name = name_of(one.path);
        return is_set_aside(name) || !rotation_bases(name).empty();
    });
}

// Those that have the suffix before the log's extension: mail.1.log.
void add_rotated_before_extension(const std::string& path, std::vector<LogMatch>& into)
{
    const fs::path log(path);
    std::vector<LogMatch> found;
    add_matches(literal((log.parent_path() / log.stem()).string()) + "[.-]*", found);
    std::ranges::copy_if(found, std::back_inserter(into), [&](const LogMatch& one) {
        const auto name = name_of(one.path);
        return !name.starts_with(log.filename().string()) &&
               has_rotation_suffix(log.filename().string(), name);
    });
}

}  // namespace

std::vector<PastFile> past_files(const std::string& pattern, std::optional<Timestamp> since)
{
    const std::string escaped = is_glob(pattern) ? pattern : literal(pattern);
    std::vector<LogMatch> found;
    add_matches(escaped, found);
    add_rotated(escaped, found);
    if (!is_glob(pattern)) add_rotated_before_extension(pattern, found);
    if (found.empty() && !is_glob(pattern)) return {{pattern, Timestamp::max()}};
    std::vector<PastFile> files;
    for (auto& one : in_order_of_age(std::move(found), since))
        files.push_back({std::move(one.path), one.written});
    return files;
}

}  // namespace mailban::io
