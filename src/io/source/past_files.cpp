#include "io/source/past_files.h"

#include "io/source/log_glob.h"
#include "mailban/rotation/suffix.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <tuple>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

struct Candidate {
    PastFile file{};
    std::pair<std::uint64_t, std::uint64_t> id{};  // device, inode
};

std::string name_of(const std::string& path)
{
    return fs::path(path).filename().string();
}

Timestamp time_of(const ::timespec& at)
{
    return Timestamp(std::chrono::seconds(at.tv_sec) +
                     std::chrono::microseconds(at.tv_nsec / 1000));
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

void add_matches(const std::string& pattern, std::vector<Candidate>& into)
{
    ::glob_t found = {};
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        for (std::size_t at = 0; at < found.gl_pathc; ++at) {
            struct ::stat st = {};
            const std::string path = found.gl_pathv[at];
            if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) continue;
            into.push_back({{path, time_of(st.st_mtim)}, {st.st_dev, st.st_ino}});
        }
    }
    ::globfree(&found);
}

// The files that rotation made of those, and nothing else whose name begins alike: mail.log.1, but
// neither mail.log.md nor mail.log-stats.
void add_rotated(const std::string& pattern, std::vector<Candidate>& into)
{
    std::vector<Candidate> found;
    for (const char* end : {".*", "-*", "~"})
        add_matches(pattern + end, found);
    std::ranges::copy_if(found, std::back_inserter(into), [](const Candidate& one) {
        const auto name = name_of(one.file.path);
        return is_set_aside(name) || !rotation_bases(name).empty();
    });
}

// Those that have the suffix before the log's extension: mail.1.log.
void add_rotated_before_extension(const std::string& path, std::vector<Candidate>& into)
{
    const fs::path log(path);
    std::vector<Candidate> found;
    add_matches(literal((log.parent_path() / log.stem()).string()) + "[.-]*", found);
    std::ranges::copy_if(found, std::back_inserter(into), [&](const Candidate& one) {
        const auto name = name_of(one.file.path);
        return !name.starts_with(log.filename().string()) &&
               has_rotation_suffix(log.filename().string(), name);
    });
}

}  // namespace

std::vector<PastFile> past_files(const std::string& pattern, std::optional<Timestamp> since)
{
    const std::string escaped = is_glob(pattern) ? pattern : literal(pattern);
    std::vector<Candidate> found;
    add_matches(escaped, found);
    add_rotated(escaped, found);
    if (!is_glob(pattern)) add_rotated_before_extension(pattern, found);
    if (found.empty() && !is_glob(pattern)) return {{pattern, Timestamp::max()}};
    std::set<std::string> paths;
    for (const auto& one : found)
        paths.insert(one.file.path);
    std::ranges::sort(found, [](const Candidate& a, const Candidate& b) {
        return std::tie(a.file.written, a.file.path) < std::tie(b.file.written, b.file.path);
    });
    std::vector<PastFile> files;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (auto& one : found) {
        if (since && one.file.written < *since) continue;
        const bool is_copy = is_compressed(one.file.path) &&
                             paths.contains(std::string(without_compression(one.file.path)));
        if (!is_copy && seen.insert(one.id).second) files.push_back(std::move(one.file));
    }
    return files;
}

}  // namespace mailban::io
