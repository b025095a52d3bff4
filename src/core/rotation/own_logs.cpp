#include "mailban/rotation/own_logs.h"

#include "mailban/rotation/suffix.h"

#include <algorithm>
#include <string_view>
#include <tuple>

namespace mailban {

namespace {

// After this long without a line a log is none that dated files come from.
constexpr Duration kStale = std::chrono::days(1);

enum class Rotated : std::uint8_t { no, by_count, by_date };

struct Parent {
    std::string path{};
    bool is_dated = false;
};

std::vector<Parent> parents_of_path(const std::string& path)
{
    const auto slash = path.rfind('/');
    const auto length = slash == std::string::npos ? 0 : slash + 1;
    std::vector<Parent> parents;
    for (const auto& [name, is_dated] : rotation_bases(std::string_view(path).substr(length)))
        parents.push_back({path.substr(0, length) + name, is_dated});
    return parents;
}

// The logs that have a compressed file, counted.
std::set<std::string> logs_with_archive(const std::vector<std::string>& names)
{
    std::set<std::string> logs;
    for (const auto& name : names) {
        if (!is_compressed(name)) continue;
        for (auto& parent : parents_of_path(std::string(without_compression(name))))
            if (!parent.is_dated) logs.insert(std::move(parent.path));
    }
    return logs;
}

bool is_log_of(const ParentLog& log, bool is_dated, const LogMatch& file)
{
    if (!log.written) return log.is_expected;
    return !is_dated || file.written < *log.written + kStale;
}

}  // namespace

std::set<std::string> parents_of(const std::vector<LogMatch>& files)
{
    std::set<std::string> paths;
    for (const auto& file : files)
        for (auto& parent : parents_of_path(file.path))
            paths.insert(std::move(parent.path));
    return paths;
}

LogMatches own_logs(std::vector<LogMatch> files, const std::vector<std::string>& names,
                    const std::map<std::string, ParentLog>& parents,
                    const std::function<bool(const std::string& path)>& is_followed)
{
    const auto with_archive = logs_with_archive(names);
    const auto judge = [&](const LogMatch& file) {
        for (const auto& [path, is_dated] : parents_of_path(file.path)) {
            if (!is_dated && with_archive.contains(path)) return Rotated::by_count;
            const auto parent = parents.find(path);
            if (parent == parents.end() || !is_log_of(parent->second, is_dated, file)) continue;
            return is_dated ? Rotated::by_date : Rotated::by_count;
        }
        return Rotated::no;
    };
    LogMatches matches;
    for (auto& file : files) {
        const auto rotated = judge(file);
        const bool is_log =
            rotated == Rotated::no || (rotated == Rotated::by_date && is_followed(file.path));
        if (is_log) {
            matches.logs.push_back(std::move(file));
        } else if (rotated == Rotated::by_count) {
            matches.counted.push_back(std::move(file.path));
        }
    }
    return matches;
}

std::vector<LogMatch> in_order_of_age(std::vector<LogMatch> files, std::optional<Timestamp> since)
{
    std::set<std::string> paths;
    for (const auto& file : files)
        paths.insert(file.path);
    std::ranges::sort(files, [](const LogMatch& a, const LogMatch& b) {
        return std::tie(a.written, a.path) < std::tie(b.written, b.path);
    });
    std::vector<LogMatch> ordered;
    std::set<FileId> seen;
    for (auto& file : files) {
        if (since && file.written < *since) continue;
        const bool is_copy =
            is_compressed(file.path) && paths.contains(std::string(without_compression(file.path)));
        if (!is_copy && seen.insert(file.id).second) ordered.push_back(std::move(file));
    }
    return ordered;
}

}  // namespace mailban
