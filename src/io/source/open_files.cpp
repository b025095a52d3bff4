#include "io/source/open_files.h"

#include "mailban/rotation/order.h"

#include <algorithm>
#include <utility>

namespace mailban::io {

bool OpenFiles::contains(const FileStat& stat) const
{
    return std::ranges::any_of(files_, [&](const OpenFile& one) { return one.file.is(stat); });
}

bool OpenFiles::is_searching() const
{
    return std::ranges::find(files_, SearchBefore::now, &OpenFile::search) != files_.end();
}

std::vector<FollowedFile> OpenFiles::values() const
{
    std::vector<FollowedFile> values;
    values.reserve(files_.size());
    for (const auto& one : files_)
        values.push_back({one.file.position(), one.before, one.search});
    return values;
}

LogPosition OpenFiles::position() const
{
    return position_of(values());
}

std::vector<FilePosition> OpenFiles::sought_before(std::size_t index)
{
    for (std::size_t at = 0; at < std::min(index, files_.size()); ++at)
        files_[at].file.look_at_head();
    return mailban::sought_before(values(), index);
}

std::optional<FilePosition> OpenFiles::anchor_before(std::size_t index) const
{
    return mailban::anchor_before(values(), index);
}

std::size_t OpenFiles::insert_newer(std::size_t at, std::vector<LogFile> newer, LogFile* named)
{
    const auto ends = [&](LogFile& file) {
        RotatedFile rotated;
        rotated.is_open = contains(file.stat());
        rotated.is_archive = file.is_packed();
        rotated.is_newest = &file == &newer.back();
        rotated.is_empty = file.stat().size == 0;
        if (named != nullptr) {
            rotated.has_log_name = file.is(named->stat());
            rotated.is_copy_of_named =
                !rotated.is_open &&
                (rotated.is_archive ? file.is_archive_of(*named) : file.is_copy_of(*named));
        }
        return ends_rotated(rotated, named != nullptr);
    };
    const auto end = std::ranges::find_if(newer, ends);
    std::size_t count = 0;
    for (auto file = newer.begin(); file != end; ++file) {
        if (insert(at + count, std::move(*file))) ++count;
    }
    return count;
}

bool OpenFiles::insert(std::size_t at, LogFile file)
{
    if (contains(file.stat())) return false;
    // If it is renamed or compressed later, only its beginning will tell where it went.
    file.look_at_head();
    // A file that is open may have been compressed meanwhile.
    const auto is_same = [&](OpenFile& one) {
        return file.is_packed() ? file.is_archive_of(one.file) : one.file.is_archive_of(file);
    };
    if (std::ranges::any_of(files_, is_same)) return false;
    files_.insert(files_.begin() + static_cast<std::ptrdiff_t>(at),
                  OpenFile{std::move(file), std::chrono::steady_clock::now()});
    return true;
}

std::size_t OpenFiles::count_archives(std::size_t from, std::size_t to) const
{
    const auto first = files_.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = files_.begin() + static_cast<std::ptrdiff_t>(to);
    return static_cast<std::size_t>(
        std::count_if(first, last, [](const OpenFile& one) { return one.file.is_packed(); }));
}

void OpenFiles::drop_first()
{
    files_[1].before = anchor_before(1);
    files_.erase(files_.begin());
}

void OpenFiles::make_newest(const FileStat& stat)
{
    const auto same = [&](const OpenFile& one) { return one.file.is(stat); };
    const auto found = std::ranges::find_if(files_, same);
    std::rotate(found, found + 1, files_.end());
    files_.back().before = anchor_before(files_.size() - 1);
}

}  // namespace mailban::io
