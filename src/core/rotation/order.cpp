#include "mailban/rotation/order.h"

#include "mailban/rotation/suffix.h"

#include <algorithm>

namespace mailban {

std::vector<SearchPlace> search_places(const FilePosition& position, std::string_view log)
{
    if (!position.has_fingerprint()) return {SearchPlace::directory};
    if (is_compressed(log)) return {SearchPlace::directory, SearchPlace::olddir};
    return {SearchPlace::log_name, SearchPlace::directory, SearchPlace::olddir};
}

std::vector<FilePosition> sought_before(const std::vector<FollowedFile>& files, std::size_t index)
{
    std::vector<FilePosition> sought;
    const auto add = [&sought](const std::optional<FilePosition>& file) {
        if (file && std::ranges::find(sought, *file) == sought.end()) sought.push_back(*file);
    };
    // The inode of an empty file that is gone may be another file's by now. An open file shows
    // more, if there is one.
    const bool has_anchor = index < files.size() && files[index].before &&
                            (files[index].before->has_fingerprint() || index == 0);
    if (has_anchor) add(files[index].before);
    // An empty file that was compressed cannot be found; then the file before it is.
    for (auto at = index; at-- > 0;) {
        add(files[at].reached);
        add(files[at].before);
    }
    return sought;
}

SearchBefore next_search(bool has_content)
{
    return has_content ? SearchBefore::none : SearchBefore::with_head;
}

bool ends_rotated(const RotatedFile& file, bool is_named)
{
    if (!is_named) return false;
    if (file.is_open) return file.has_log_name;
    if (file.is_copy_of_named) return true;
    return !file.is_archive && file.is_newest && file.is_empty;
}

NamedFile named_file(const std::optional<FileStat>& named, const std::optional<FileStat>& newest)
{
    if (!named) return NamedFile::none;
    const bool is_newest =
        newest && named->device == newest->device && named->inode == newest->inode;
    return is_newest ? NamedFile::newest : NamedFile::another;
}

GoneFiles settle_gone(std::size_t gone, std::size_t archives)
{
    const auto found = std::min(gone, archives);
    return {gone - found, archives - found};
}

bool is_undisturbed(const QuietLog& log)
{
    return log.is_settled && log.files == 1 && log.has_log_name &&
           log.search == SearchBefore::none && log.read == log.size && log.is_as_it_was;
}

}  // namespace mailban
