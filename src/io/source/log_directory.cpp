#include "io/source/log_directory.h"

#include "mailban/rotation/order.h"
#include "mailban/rotation/suffix.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// How often a directory that changes while it is listed is listed again at once.
constexpr int kListings = 3;

// Directories that are searched for what `olddir` took away; a directory with more is no log's.
constexpr std::size_t kMaxDirectories = 64;

}  // namespace

LogDirectory::LogDirectory(const std::string& path)
{
    std::error_code ec;
    fs::path target = fs::canonical(path, ec);
    if (ec) target = path;
    path_ = target.has_parent_path() ? target.parent_path().string() : ".";
    name_ = target.filename().string();
}

LogDirectory::LogDirectory(std::string path, std::string name, ListedDirectory listed)
    : path_(std::move(path)), name_(std::move(name)), listed_(listed)
{
}

Result<Whereabouts> LogDirectory::whereabouts_of(const FilePosition& position) const
{
    Whereabouts found;
    for (const auto place : search_places(position, name_)) {
        switch (place) {
        case SearchPlace::log_name:
            if (auto named = find_named(position)) return std::move(*named);
            break;
        case SearchPlace::directory: {
            auto here = search(position);
            if (!here || here->file) return here;
            found = std::move(*here);
            break;
        }
        case SearchPlace::olddir:
            if (auto there = find_in_directories(position)) {
                there->named = found.named;
                return std::move(*there);
            }
        }
    }
    return found;
}

std::optional<Whereabouts> LogDirectory::find_in_directories(const FilePosition& position) const
{
    for (auto& path : directories()) {
        auto there = LogDirectory(std::move(path), name_, ListedDirectory::olddir).search(position);
        if (there && there->file) return std::move(*there);
    }
    return std::nullopt;
}

// The log's name is still that file's, so nothing was rotated away after it: of a directory with
// thousands of logs no listing is needed.
std::optional<Whereabouts> LogDirectory::find_named(const FilePosition& position) const
{
    auto [file, refusal, problem] = LogFile::open(path_ + "/" + name_);
    if (!file || !position.has_inode_of(file->stat())) return std::nullopt;
    if (!file->begins_like(position) || !file->resume_at(position)) return std::nullopt;
    Whereabouts found;
    found.named = file->stat();
    found.name = name_;
    found.file = std::move(*file);
    return found;
}

Result<Whereabouts> LogDirectory::search(const FilePosition& position) const
{
    Error busy{"files are being renamed in " + path_};
    for (int attempt = 0; attempt < kListings; ++attempt) {
        const auto before = list();
        if (!before) return before.error();
        auto found = look(*before, position);
        // Rotation renames one file after the other. A listing made meanwhile may miss one of them.
        const auto after = list();
        if (!after) return after.error();
        if (!is_unchanged(*before, *after)) continue;
        if (found) return found;
        busy = found.error();
    }
    return busy;
}

Result<Whereabouts> LogDirectory::look(const Listing& listing, const FilePosition& position) const
{
    Whereabouts found;
    const auto named = std::ranges::find(listing, name_, &DirectoryEntry::name);
    if (named != listing.end()) found.named = named->stat;
    for (const auto& entry : candidates(listing, name_, position, listed_)) {
        auto file = open(entry, found);
        if (!file) return file.error();
        if (!*file) continue;
        if (!(*file)->begins_like(position)) {
            found.may_be_compressed |= !(*file)->problem().empty();
            continue;
        }
        found.name = entry.name;
        found.file = std::move(**file);
        break;
    }
    if (!found.file) return found;
    // Only of a file that was missed it matters that it cannot be read.
    found.unreadable.clear();
    found.may_be_compressed = false;
    if (auto opened = open_newer(listing, found); !opened) return opened.error();
    if (!found.file->resume_at(position)) return Error{found.name + " is being replaced"};
    return found;
}

Result<std::optional<LogFile>> LogDirectory::open(const DirectoryEntry& entry,
                                                  Whereabouts& into) const
{
    const auto path = path_ + "/" + entry.name;
    auto [file, refusal, problem] = LogFile::open(path);
    if (refusal == Refusal::exhausted) return Error{problem};
    if (refusal == Refusal::refused) {
        // The log's own lines must not be taken for new ones when it may be read again.
        if (entry.name == name_) return Error{problem};
        into.unreadable.push_back(std::move(problem));
        return std::optional<LogFile>();
    }
    if (!file || !file->is(entry.stat)) return Error{"files are being renamed in " + path_};
    if (is_compressed(entry.name)) file->unpack(path);
    return std::move(file);
}

Status LogDirectory::open_newer(const Listing& listing, Whereabouts& into) const
{
    std::vector<std::string> names;
    for (const auto& entry : listing)
        names.push_back(entry.name);
    for (const auto& name : newer_rotated(name_, into.name, names)) {
        auto file = open(*std::ranges::find(listing, name, &DirectoryEntry::name), into);
        if (!file) return file.error();
        if (*file) into.newer.push_back(std::move(**file));
    }
    return Done{};
}

// The kernel queues the event of a change while it still holds the directory's lock against all
// listings.
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

Result<Listing> LogDirectory::list() const
{
    Listing listing;
    std::error_code ec;
    for (fs::directory_iterator at(path_, ec), end; !ec && at != end; at.increment(ec)) {
        struct ::stat st = {};
        if (::lstat(at->path().c_str(), &st) != 0 || !S_ISREG(st.st_mode)) continue;
        listing.push_back({at->path().filename().string(),
                           {st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size)}});
    }
    const bool is_absent =
        ec == std::errc::no_such_file_or_directory || ec == std::errc::not_a_directory;
    if (ec && !is_absent) return Error{"cannot list " + path_ + ": " + ec.message()};
    std::ranges::sort(listing, {}, &DirectoryEntry::name);
    return listing;
}

// Those in this one, in order of name; links are left out, and directories of other file systems.
std::vector<std::string> LogDirectory::directories() const
{
    struct ::stat own = {};
    if (::stat(path_.c_str(), &own) != 0) return {};
    std::vector<std::string> paths;
    std::error_code ec;
    for (fs::directory_iterator at(path_, ec), end; !ec && at != end; at.increment(ec)) {
        struct ::stat st = {};
        if (::lstat(at->path().c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) continue;
        if (st.st_dev != own.st_dev) continue;
        if (paths.size() == kMaxDirectories) return {};
        paths.push_back(at->path().string());
    }
    std::ranges::sort(paths);
    return paths;
}

}  // namespace mailban::io
