#include "io/source/log_glob.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// Changes behind a link, a mount or a network file system may not be reported: directories are
// looked at this often, and all files this often, or more where nothing is watched.
constexpr std::chrono::milliseconds kLookAgain = std::chrono::seconds(5);
constexpr std::chrono::milliseconds kLookAtAll = std::chrono::minutes(1);

// The directories in which something new could make a match: those that each part of the pattern
// is looked for in.
std::vector<std::string> directories(const std::string& pattern)
{
    std::vector<std::string> result;
    for (fs::path at = pattern; is_glob(at.string()); at = at.parent_path()) {
        std::string parent = at.parent_path().string();
        if (parent.empty()) parent = ".";
        for (auto& directory : expand_glob(parent)) {
            if (fs::is_directory(directory)) result.push_back(std::move(directory));
        }
    }
    return result;
}

std::optional<Timestamp> changed_at(const std::string& directory)
{
    struct ::stat st = {};
    if (::stat(directory.c_str(), &st) != 0) return std::nullopt;
    return Timestamp(std::chrono::seconds(st.st_mtim.tv_sec) +
                     std::chrono::microseconds(st.st_mtim.tv_nsec / 1000));
}

}  // namespace

std::vector<std::string> matching_logs(const std::string& pattern)
{
    if (!is_glob(pattern)) return {pattern};
    const KnownLogs nothing{[](const auto&) { return false; },
                            [](const auto&, const auto&) { return false; }};
    std::vector<std::string> logs;
    std::set<FileId> seen;
    for (auto& match : find_matches(pattern, nothing).logs) {
        if (seen.insert(match.id).second) logs.push_back(std::move(match.path));
    }
    return logs;
}

LogGlob::LogGlob(FileWatcher& watcher, std::string pattern, GlobSink sink)
    : waiter_(watcher), pattern_(std::move(pattern)), sink_(std::move(sink))
{
}

void LogGlob::find_new()
{
    looked_ = steady_clock::now();
    if (!is_glob(pattern_)) {
        if (logs_.try_emplace(pattern_).second) sink_.on_log(pattern_, std::nullopt);
        return;
    }
    const auto is_followed = [this](const std::string& path) {
        return logs_.contains(path) || sink_.known.is_followed(path);
    };
    const auto [matched, counted] = find_matches(pattern_, {is_followed, sink_.known.is_awaited});
    retire(counted);
    wake_changed(matched);
    auto found = claim(matched);
    // What is written now comes first, and of files that are equally old the newest name.
    std::stable_sort(found.begin(), found.end(), [](const LogMatch& a, const LogMatch& b) {
        return std::tie(a.written, a.path) > std::tie(b.written, b.path);
    });
    for (auto& match : found)
        take(std::move(match));
}

// Those that are nobody's: a new name of a followed log's file is that log's.
std::vector<LogMatch> LogGlob::claim(const std::vector<LogMatch>& matched)
{
    std::map<FileId, std::string> owners;
    std::set<std::string_view> names;
    std::vector<LogMatch> found;
    for (const auto& match : matched) {
        names.insert(match.path);
        if (logs_.contains(match.path)) owners.emplace(match.id, match.path);
    }
    for (const auto& match : matched) {
        // The file was another log's when last seen, and was renamed since.
        if (const auto owner = owners_.find(match.id);
            owner != owners_.end() && owner->second != match.path) {
            owners.emplace(match.id, owner->second);
            continue;
        }
        if (logs_.contains(match.path)) continue;
        const auto earlier = sink_.owner_of(match);
        const bool is_others = earlier && *earlier != match.path &&
                               (names.contains(*earlier) || logs_.contains(*earlier));
        const auto& owner = is_others ? *earlier : match.path;
        if (owners.emplace(match.id, owner).second && !is_others) found.push_back(match);
    }
    owners_ = std::move(owners);
    return found;
}

void LogGlob::take(LogMatch match)
{
    if (!sink_.may_rest(match)) {
        logs_.emplace(match.path, std::nullopt);
        return sink_.on_log(match.path, std::nullopt);
    }
    unread_.push_back(match);
    rest(match);
}

void LogGlob::rest(const LogMatch& match)
{
    auto& log = logs_[match.path];
    if (!log) ++resting_;
    log = match;
    entries_beside(match.path).awaited.insert(fs::path(match.path).filename().string());
}

void LogGlob::wake(const std::string& path, Log& log)
{
    const auto rested = std::exchange(log, std::nullopt);
    --resting_;
    auto& entries = entries_beside(path);
    entries.awaited.erase(fs::path(path).filename().string());
    sink_.on_log(path, rested);
}

// Those that are not as they were when they came to rest; of those that are gone nothing is left.
void LogGlob::wake_changed(const std::vector<LogMatch>& matched)
{
    if (resting_ == 0) return;
    std::map<std::string_view, const LogMatch*> now;
    for (const auto& match : matched)
        now.emplace(match.path, &match);
    for (auto log = logs_.begin(); log != logs_.end();) {
        const auto current = log++;
        auto& [path, rested] = *current;
        if (!rested) continue;
        const auto found = now.find(path);
        if (found == now.end()) {
            entries_beside(path).awaited.erase(fs::path(path).filename().string());
            --resting_;
            logs_.erase(current);
        } else if (*found->second != *rested) {
            wake(path, rested);
        }
    }
}

void LogGlob::wake_grown()
{
    for (auto& [directory, entries] : directories_) {
        for (const auto& name : std::exchange(entries.grown, {})) {
            const auto found = logs_.find((fs::path(directory) / name).string());
            if (found != logs_.end() && found->second) wake(found->first, found->second);
        }
    }
}

void LogGlob::retire(const std::vector<std::string>& rotated)
{
    for (const auto& path : rotated) {
        const auto found = logs_.find(path);
        if (found == logs_.end()) continue;
        if (found->second) {
            --resting_;
            entries_beside(path).awaited.erase(fs::path(path).filename().string());
        }
        logs_.erase(found);
        sink_.on_rotated(path);
    }
}

GrownEntries& LogGlob::entries_beside(const std::string& path)
{
    return directories_[fs::path(path).parent_path().string()];
}

asio::awaitable<void> LogGlob::run()
{
    watch();
    find_new();
    while (!is_stopped_) {
        const auto wakeup = co_await waiter_.wait(kLookAgain);
        if (is_stopped_) co_return;
        wake_grown();
        const bool is_reported = wakeup == FileWatcher::Wakeup::names && waiter_.is_complete();
        if (!is_reported && (wakeup == FileWatcher::Wakeup::content || !is_due())) continue;
        watch();
        find_new();
    }
}

// Nothing was reported: whether it is to be looked at all the same.
bool LogGlob::is_due()
{
    const auto all = waiter_.is_complete() ? kLookAtAll : kLookAgain;
    if (steady_clock::now() - looked_ >= all) return true;
    return std::any_of(changed_.begin(), changed_.end(), [](const auto& directory) {
        return changed_at(directory.first) != directory.second;
    });
}

void LogGlob::watch()
{
    std::vector<FileWatcher::Waiter::Directory> watched;
    changed_.clear();
    for (auto& directory : directories(pattern_)) {
        changed_.emplace(directory, changed_at(directory).value_or(Timestamp()));
        auto& entries = directories_[directory];
        watched.push_back({std::move(directory), {}, nullptr, &entries});
    }
    waiter_.watch(watched, {});
}

void LogGlob::stop()
{
    is_stopped_ = true;
    waiter_.wake();
}

}  // namespace mailban::io
