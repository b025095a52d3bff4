// FileTail: the files that are open, oldest first, and which may stand between them.
#include "io/source/file_tail.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

// Looks beside a file for what it held after what was read before it. False: not now.
bool FileTail::search(std::size_t index)
{
    auto& followed = files_[index];
    const bool has_content = followed.file.look_at_head();
    const LogDirectory directory(path_);
    // The number of an empty file that is gone may be another's by now.
    const bool is_telling =
        followed.before && (followed.before->fingerprint_length > 0 || index == 0);
    auto trail =
        is_telling ? find_trail(directory, *followed.before) : std::optional<Trail>(Trail{});
    if (trail && !trail->file) trail = trail_before(directory, index);
    if (!trail) return false;
    std::vector<LogFile> found;
    if (trail->file) found.push_back(std::move(*trail->file));
    for (auto& file : trail->newer)
        found.push_back(std::move(file));
    const auto count = insert_newer(index, std::move(found), &followed.file);
    const auto first = files_.begin() + static_cast<std::ptrdiff_t>(index);
    const auto packed = std::count_if(first, first + static_cast<std::ptrdiff_t>(count),
                                      [](const Followed& one) { return one.file.is_packed(); });
    // Heirs that are gone by now are among them.
    archives_ += std::min(static_cast<std::size_t>(packed), succession_.count_gone());
    // The last truncation was counted when it was seen.
    status_.rotations += std::max<std::size_t>(count, 1) - 1;
    index += count;
    auto& same = files_[index];
    same.search = has_content ? Search::none : Search::with_head;
    if (index > 0) same.before = anchor_at(index);
    tell_progress();
    return true;
}

std::optional<Trail> FileTail::find_trail(const LogDirectory& directory,
                                          const FilePosition& position)
{
    const NameHistory& history = succession_.history();
    bell_.catch_up();
    const auto changes = history.changes();
    auto trail = directory.trail_of(position);
    bell_.catch_up();
    if (!trail || history.changes() != changes) {
        put_off(trail ? "" : trail.error().message);
        return std::nullopt;
    }
    for (const auto& problem : trail->unreadable)
        note_vanished(problem);
    return std::move(*trail);
}

// What was read before the file that is or would be at `index`: the newest with content.
std::optional<FilePosition> FileTail::anchor_at(std::size_t index) const
{
    std::optional<FilePosition> nearest;
    while (index-- > 0) {
        const auto position = files_[index].file.position();
        if (position.fingerprint_length > 0) return position;
        if (!nearest) nearest = position;
        if (files_[index].before) return files_[index].before;
    }
    return nearest;
}

// Inserts what is not open yet, up to the first that is what has or had the name now, or a copy of
// that: its lines are that one's. Says how many.
std::size_t FileTail::insert_newer(std::size_t at, std::vector<LogFile> newer, LogFile* named)
{
    // The newest may be one that is just begun to be copied, and be empty yet.
    const auto is_copy = [&](LogFile& file) {
        if (named == nullptr) return false;
        if (is_open(file.stat())) return file.is(named->stat());
        if (file.is_packed()) return file.is_archive_of(*named);
        return file.is_copy_of(*named) || (&file == &newer.back() && file.stat().size == 0);
    };
    const auto end = std::ranges::find_if(newer, is_copy);
    std::size_t count = 0;
    for (auto file = newer.begin(); file != end; ++file) {
        if (insert(at + count, std::move(*file))) ++count;
    }
    return count;
}

bool FileTail::insert(std::size_t at, LogFile file)
{
    if (is_open(file.stat())) return false;
    // Only its beginning will tell what has become of it.
    file.look_at_head();
    // What is open already may have been packed meanwhile.
    const auto is_same = [&](Followed& followed) {
        return file.is_packed() ? file.is_archive_of(followed.file)
                                : followed.file.is_archive_of(file);
    };
    if (std::ranges::any_of(files_, is_same)) return false;
    files_.insert(files_.begin() + static_cast<std::ptrdiff_t>(at),
                  Followed{std::move(file), Clock::now()});
    return true;
}

bool FileTail::is_open(const LogStat& stat) const
{
    return std::ranges::any_of(files_, [&](const Followed& f) { return f.file.is(stat); });
}

void FileTail::note_vanished(const std::string& cause)
{
    ++status_.vanished;
    status_.note = cause;
}

void FileTail::put_off(std::string problem)
{
    is_put_off_ = true;
    if (!problem.empty()) status_.problem = std::move(problem);
}

}  // namespace mailban::io
