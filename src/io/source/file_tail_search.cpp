// FileTail: where the files went that it was reading.
#include "io/source/file_tail.h"
#include "mailban/rotation/order.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

// Searches the directory for what the log held between the files that were read before the one at
// `index` and that one. False: not now.
bool FileTail::search_before(std::size_t index)
{
    auto& open = files_[index];
    const bool has_content = open.file.look_at_head();
    const LogDirectory directory(path_);
    auto found = whereabouts_before(directory, index);
    if (!found) return false;
    std::vector<LogFile> files;
    if (found->file) files.push_back(std::move(*found->file));
    std::ranges::move(found->newer, std::back_inserter(files));
    const auto count = files_.insert_newer(index, std::move(files), &open.file);
    // Successors that are gone by now are among the archives.
    archives_ += std::min(files_.count_archives(index, index + count), successors_.count_gone());
    // The last truncation was counted when it was seen.
    status_.rotations += std::max<std::size_t>(count, 1) - 1;
    index += count;
    auto& same = files_[index];
    same.search = next_search(has_content);
    if (index > 0) same.before = files_.anchor_before(index);
    report_progress();
    return true;
}

// Nullopt: not now.
std::optional<Whereabouts> FileTail::find_whereabouts(const LogDirectory& directory,
                                                      const FilePosition& position)
{
    const NameHistory& history = successors_.history();
    waiter_.catch_up();
    const auto changes = history.changes();
    auto found = directory.whereabouts_of(position);
    waiter_.catch_up();
    if (!found || history.changes() != changes) {
        put_off(found ? "" : found.error().message);
        return std::nullopt;
    }
    for (const auto& problem : found->unreadable)
        note_vanished(problem);
    return std::move(*found);
}

// The whereabouts of the last file before the one at `index` that can be found. Nullopt: not now.
std::optional<Whereabouts> FileTail::whereabouts_before(const LogDirectory& directory,
                                                        std::size_t index)
{
    for (const auto& position : files_.sought_before(index)) {
        auto found = find_whereabouts(directory, position);
        if (!found || found->file) return found;
    }
    return Whereabouts{};
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
