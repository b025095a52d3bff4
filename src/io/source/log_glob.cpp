#include "io/source/log_glob.h"

#include "io/source/rotation.h"

#include <glob.h>
#include <sys/stat.h>

#include <filesystem>
#include <optional>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// A link, a mount or a network file system may tell nothing.
constexpr auto kLookAgain = std::chrono::seconds(5);

std::vector<std::string> expand(const std::string& pattern)
{
    ::glob_t found = {};
    std::vector<std::string> names;
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    return names;
}

struct Match {
    std::string path{};
    std::pair<std::uint64_t, std::uint64_t> id{};
};

// Regular files under names that rotation does not give.
std::vector<Match> matches(const std::string& pattern)
{
    std::vector<Match> result;
    for (auto& path : expand(pattern)) {
        struct ::stat st = {};
        if (has_rotation_suffix(fs::path(path).filename().string())) continue;
        if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) continue;
        result.push_back({std::move(path), {st.st_dev, st.st_ino}});
    }
    return result;
}

// The directories in which something new could make a match: those that each part of the pattern
// is looked for in.
std::vector<std::string> directories(const std::string& pattern)
{
    std::vector<std::string> result;
    for (fs::path at = pattern; is_glob(at.string()); at = at.parent_path()) {
        std::string parent = at.parent_path().string();
        if (parent.empty()) parent = ".";
        for (auto& directory : expand(parent)) {
            if (fs::is_directory(directory)) result.push_back(std::move(directory));
        }
    }
    return result;
}

}  // namespace

bool is_glob(const std::string& path)
{
    return path.find_first_of("*?[") != std::string::npos;
}

std::vector<std::string> matching_logs(const std::string& pattern)
{
    if (!is_glob(pattern)) return {pattern};
    std::vector<std::string> logs;
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (auto& [path, id] : matches(pattern)) {
        if (seen.insert(id).second) logs.push_back(std::move(path));
    }
    return logs;
}

LogGlob::LogGlob(Watcher& watcher, std::string pattern,
                 std::function<void(const std::string&)> on_log)
    : bell_(watcher), pattern_(std::move(pattern)), on_log_(std::move(on_log))
{
}

void LogGlob::find_new()
{
    if (!is_glob(pattern_)) {
        if (told_.insert(pattern_).second) on_log_(pattern_);
        return;
    }
    std::map<FileId, std::string> owners;
    std::vector<std::string> found;
    const auto matched = matches(pattern_);
    // Names that are followed come first: a new name of their file is theirs.
    for (const auto& [path, id] : matched) {
        if (told_.contains(path)) owners.emplace(id, path);
    }
    for (const auto& [path, id] : matched) {
        // The file was another log's when last seen, and was renamed since.
        if (const auto owner = owners_.find(id); owner != owners_.end() && owner->second != path) {
            owners.emplace(id, owner->second);
            continue;
        }
        if (owners.emplace(id, path).second) found.push_back(path);
    }
    owners_ = std::move(owners);
    for (const auto& path : found) {
        if (told_.insert(path).second) on_log_(path);
    }
}

asio::awaitable<void> LogGlob::run()
{
    const std::chrono::milliseconds limit = kLookAgain;
    while (!is_stopped_) {
        watch();
        find_new();
        co_await bell_.wait(limit);
    }
}

void LogGlob::watch()
{
    std::vector<Watcher::Bell::Directory> watched;
    for (auto& directory : directories(pattern_))
        watched.push_back({std::move(directory), {}, nullptr});
    bell_.watch(watched, {});
}

void LogGlob::stop()
{
    is_stopped_ = true;
    bell_.ring();
}

}  // namespace mailban::io
