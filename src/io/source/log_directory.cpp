#include "io/source/log_directory.h"

#include "io/source/rotation.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// How often a directory that changes while it is listed is listed again.
constexpr int kAttempts = 10;

}  // namespace

LogDirectory::LogDirectory(const std::string& path)
{
    std::error_code ec;
    fs::path target = fs::canonical(path, ec);
    if (ec) target = path;
    path_ = target.has_parent_path() ? target.parent_path().string() : ".";
    name_ = target.filename().string();
}

Trail LogDirectory::trail_of(const FilePosition& position) const
{
    auto before = list();
    Trail trail = look(before, position);
    // Rotation renames one file after the other. A listing made meanwhile may miss one of them.
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        auto after = list();
        if (after == before) break;
        before = std::move(after);
        trail = look(before, position);
    }
    return trail;
}

std::vector<LogDirectory::Entry> LogDirectory::list() const
{
    std::vector<Entry> entries;
    std::error_code ec;
    for (fs::directory_iterator at(path_, ec), end; !ec && at != end; at.increment(ec)) {
        struct ::stat st = {};
        if (::lstat(at->path().c_str(), &st) != 0 || !S_ISREG(st.st_mode)) continue;
        entries.push_back({at->path().filename().string(),
                           {st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size)}});
    }
    std::ranges::sort(entries, {}, &Entry::name);
    return entries;
}

std::optional<LogFile> LogDirectory::open(const Entry& entry) const
{
    auto file = LogFile::open(path_ + "/" + entry.name);
    if (!file || !file->is(entry.stat)) return std::nullopt;
    return std::move(*file);
}

std::optional<LogDirectory::Found> LogDirectory::find(const std::vector<Entry>& entries,
                                                      const FilePosition& position) const
{
    for (const auto& entry : entries) {
        if (entry.stat.device != position.device || entry.stat.inode != position.inode) continue;
        auto file = open(entry);
        if (file && file->begins_like(position)) return Found(entry.name, std::move(*file));
    }
    return find_copy(entries, position);
}

std::optional<LogDirectory::Found> LogDirectory::find_copy(const std::vector<Entry>& entries,
                                                           const FilePosition& position) const
{
    // An empty beginning is like any other.
    if (position.fingerprint_length == 0) return std::nullopt;
    std::optional<Found> best;
    std::uint64_t best_size = 0;
    for (const auto& entry : entries) {
        if (!entry.name.starts_with(name_) || is_compressed(entry.name)) continue;
        if (best && entry.stat.size <= best_size) continue;
        auto file = open(entry);
        if (!file || !file->begins_like(position)) continue;
        best.emplace(entry.name, std::move(*file));
        best_size = entry.stat.size;
    }
    return best;
}

Trail LogDirectory::look(const std::vector<Entry>& entries, const FilePosition& position) const
{
    Trail trail;
    auto found = find(entries, position);
    if (!found) {
        trail.may_be_compressed = std::ranges::any_of(entries, [&](const Entry& entry) {
            return entry.name.starts_with(name_) && is_compressed(entry.name);
        });
        return trail;
    }
    std::vector<std::string> names;
    for (const auto& entry : entries)
        names.push_back(entry.name);
    for (const auto& name : newer_rotated(name_, found->first, names)) {
        const auto entry = std::ranges::find(entries, name, &Entry::name);
        if (auto file = open(*entry)) trail.newer.push_back(std::move(*file));
    }
    trail.file = std::move(found->second);
    trail.file->start_at(position.offset);
    return trail;
}

}  // namespace mailban::io
