#include "io/source/log_directory.h"

#include "io/source/rotation.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <tuple>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// How often a directory that changes while it is listed is listed again at once.
constexpr int kAttempts = 3;

// The entry's file without its packing is there, too: the archive may not be complete yet.
template <class Entries>
bool has_plain(const Entries& entries, const std::string& name)
{
    return std::ranges::any_of(
        entries, [&](const auto& entry) { return entry.name == without_compression(name); });
}

}  // namespace

LogDirectory::LogDirectory(const std::string& path)
{
    std::error_code ec;
    fs::path target = fs::canonical(path, ec);
    if (ec) target = path;
    path_ = target.has_parent_path() ? target.parent_path().string() : ".";
    name_ = target.filename().string();
}

// The log's name is still that file's, so nothing was rotated away after it: of a directory with
// thousands of logs no listing is needed.
std::optional<Trail> LogDirectory::find_named(const FilePosition& position) const
{
    if (position.fingerprint_length == 0 || is_compressed(name_)) return std::nullopt;
    auto [file, refusal, problem] = LogFile::open(path_ + "/" + name_);
    if (!file || !file->is({position.device, position.inode, 0})) return std::nullopt;
    if (!file->begins_like(position) || !file->resume_at(position)) return std::nullopt;
    Trail trail;
    trail.named = file->stat();
    trail.name = name_;
    trail.file = std::move(*file);
    return trail;
}

Result<Trail> LogDirectory::trail_of(const FilePosition& position) const
{
    if (auto trail = find_named(position)) return std::move(*trail);
    Error busy{"files are being renamed in " + path_};
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const auto before = list();
        if (!before) return before.error();
        auto trail = look(*before, position);
        // Rotation renames one file after the other. A listing made meanwhile may miss one of them.
        const auto after = list();
        if (!after) return after.error();
        if (*after != *before) continue;
        if (trail) return trail;
        busy = trail.error();
    }
    return busy;
}

// The kernel tells of a change while it still holds the directory's lock against all listings.
Status LogDirectory::sync() const
{
    const Descriptor directory(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Room for one entry: it need not be read on, and directories may be large.
    alignas(dirent64) std::array<char, sizeof(dirent64)> entry;  // NOLINT: not zeroed
    const bool is_listed =
        directory.is_open() && ::getdents64(directory.get(), entry.data(), entry.size()) >= 0;
    if (is_listed) return Done{};
    return Error{"cannot list " + path_ + ": " + std::generic_category().message(errno)};
}

Result<LogDirectory::Entries> LogDirectory::list() const
{
    Entries entries;
    std::error_code ec;
    for (fs::directory_iterator at(path_, ec), end; !ec && at != end; at.increment(ec)) {
        struct ::stat st = {};
        if (::lstat(at->path().c_str(), &st) != 0 || !S_ISREG(st.st_mode)) continue;
        entries.push_back({at->path().filename().string(),
                           {st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size)}});
    }
    const bool is_absent =
        ec == std::errc::no_such_file_or_directory || ec == std::errc::not_a_directory;
    if (ec && !is_absent) return Error{"cannot list " + path_ + ": " + ec.message()};
    std::ranges::sort(entries, {}, &Entry::name);
    return entries;
}

LogDirectory::Maybe<LogFile> LogDirectory::open(const Entry& entry, Trail& trail) const
{
    const auto path = path_ + "/" + entry.name;
    auto [file, refusal, problem] = LogFile::open(path);
    if (refusal == Refusal::exhausted) return Error{problem};
    if (refusal == Refusal::refused) {
        // What the log itself holds must not be taken for new when it may be read again.
        if (entry.name == name_) return Error{problem};
        trail.unreadable.push_back(std::move(problem));
        return std::optional<LogFile>();
    }
    if (!file || !file->is(entry.stat)) return Error{"files are being renamed in " + path_};
    if (is_compressed(entry.name)) file->unpack(path);
    return std::move(file);
}

LogDirectory::Maybe<LogDirectory::Found> LogDirectory::find(const Entries& entries,
                                                            const FilePosition& position,
                                                            Trail& trail) const
{
    for (const auto& entry : entries) {
        if (entry.stat.device != position.device || entry.stat.inode != position.inode) continue;
        auto file = open(entry, trail);
        if (!file) return file.error();
        if (*file && (*file)->begins_like(position)) {
            return std::optional(Found(entry.name, std::move(**file)));
        }
        break;
    }
    return find_alike(entries, position, trail);
}

LogDirectory::Maybe<LogDirectory::Found> LogDirectory::find_alike(const Entries& entries,
                                                                  const FilePosition& position,
                                                                  Trail& trail) const
{
    // An empty beginning is like any other.
    if (position.fingerprint_length == 0) return std::optional<Found>();
    for (const auto kin : {Kin::own, Kin::stranger}) {
        auto copy = find_copy(entries, kin, position, trail);
        if (!copy || *copy) return copy;
        auto archive = find_archive(entries, kin, position, trail);
        if (!archive || *archive) return archive;
    }
    return std::optional<Found>();
}

bool LogDirectory::is_kin(const std::string& name, Kin kin) const
{
    if (!name.starts_with(name_)) return false;
    return (name == name_ || has_turn(name_, name)) == (kin == Kin::own);
}

// The longest one: it was copied last.
LogDirectory::Maybe<LogDirectory::Found> LogDirectory::find_copy(const Entries& entries, Kin kin,
                                                                 const FilePosition& position,
                                                                 Trail& trail) const
{
    std::optional<Found> best;
    std::uint64_t best_size = 0;
    for (const auto& entry : entries) {
        if (!is_kin(entry.name, kin) || is_compressed(entry.name)) continue;
        if (best && entry.stat.size <= best_size) continue;
        auto file = open(entry, trail);
        if (!file) return file.error();
        if (!*file || !(*file)->begins_like(position)) continue;
        best.emplace(entry.name, std::move(**file));
        best_size = entry.stat.size;
    }
    return best;
}

LogDirectory::Maybe<LogDirectory::Found> LogDirectory::find_archive(const Entries& entries, Kin kin,
                                                                    const FilePosition& position,
                                                                    Trail& trail) const
{
    for (const auto& entry : entries) {
        if (!is_kin(entry.name, kin) || !is_compressed(entry.name)) continue;
        if (has_plain(entries, entry.name)) continue;
        auto file = open(entry, trail);
        if (!file) return file.error();
        if (*file && (*file)->begins_like(position)) {
            return std::optional(Found(entry.name, std::move(**file)));
        }
        if (*file && !(*file)->problem().empty()) trail.may_be_compressed = true;
    }
    return std::optional<Found>();
}

Result<Trail> LogDirectory::look(const Entries& entries, const FilePosition& position) const
{
    Trail trail;
    const auto named = std::ranges::find(entries, name_, &Entry::name);
    if (named != entries.end()) trail.named = named->stat;
    auto found = find(entries, position, trail);
    if (!found) return found.error();
    // Only of what is missed it matters that it cannot be read.
    if (!*found) return trail;
    trail.unreadable.clear();
    trail.may_be_compressed = false;
    if (auto opened = open_newer(entries, (*found)->first, trail); !opened) return opened.error();
    std::tie(trail.name, trail.file) = std::move(**found);
    if (!trail.file->resume_at(position)) return Error{trail.name + " is being replaced"};
    return trail;
}

Status LogDirectory::open_newer(const Entries& entries, const std::string& found,
                                Trail& trail) const
{
    std::vector<std::string> names;
    for (const auto& entry : entries)
        names.push_back(entry.name);
    for (const auto& name : newer_rotated(name_, found, names)) {
        auto file = open(*std::ranges::find(entries, name, &Entry::name), trail);
        if (!file) return file.error();
        if (*file) trail.newer.push_back(std::move(**file));
    }
    return Done{};
}

}  // namespace mailban::io
