#include "mailban/rotation/resume.h"

#include "mailban/rotation/suffix.h"

#include <algorithm>
#include <utility>

namespace mailban {

Resumption::Resumption(LogPosition position, std::string log)
    : position_(std::move(position)), log_(std::move(log))
{
}

std::optional<std::size_t> Resumption::next()
{
    while (at_ < position_.files.size() && is_newer_than_found())
        ++at_;
    if (at_ < position_.files.size()) return at_;
    return std::nullopt;
}

void Resumption::found(const Found& found)
{
    if (is_another(found.facts)) return not_found(false);
    const bool is_searched = at_ > 0 && !position_.files[at_].has_fingerprint();
    if (!drop_copy(found.facts.stat)) {
        plan_.files.push_back({at_, is_searched});
        stats_.push_back(found.facts.stat);
        names_.push_back(found.name);
    }
    plan_.newer_than = at_;
    is_last_followed_ = found.is_followed;
    plan_.is_certain = true;
    ++at_;
}

// Two files of the position were found in one: a copy took the place of the first, and the first is
// gone. How far the copy was read itself is what counts. True: that is known already.
bool Resumption::drop_copy(const FileStat& stat)
{
    for (std::size_t index = 0; index < plan_.files.size(); ++index) {
        if (stats_[index].device != stat.device || stats_[index].inode != stat.inode) continue;
        const bool was_copy = !position_.files[plan_.files[index].at].has_inode_of(stat);
        if (!was_copy || !position_.files[at_].has_inode_of(stat)) return true;
        const auto dropped = static_cast<std::ptrdiff_t>(index);
        plan_.files.erase(plan_.files.begin() + dropped);
        stats_.erase(stats_.begin() + dropped);
        names_.erase(names_.begin() + dropped);
        return false;
    }
    return false;
}

void Resumption::not_found(bool may_be_compressed)
{
    const auto& files = position_.files;
    const auto at = at_++;
    plan_.may_be_compressed |= may_be_compressed;
    // Nothing of it was handed over, and it is among the files newer than the one before it.
    if (files[at].offset == 0 && !plan_.files.empty()) return;
    // Any file could be what it became. A line that is missed is better than one counted twice.
    plan_.is_certain = false;
    plan_.newer_than.reset();
    is_last_followed_ = false;
    // The next file is empty, so this one is here only to find that by: it was read to its end.
    const bool is_anchor = at + 1 < files.size() && !files[at + 1].has_fingerprint();
    if (!is_anchor) ++plan_.missed;
}

// An empty file has no fingerprint, and its inode may be another file's now. If only empty files
// follow, it is the current log or newer than the last file that was found: it need not be looked
// for.
bool Resumption::is_newer_than_found() const
{
    if (plan_.files.empty()) return false;
    const auto first = position_.files.begin() + static_cast<std::ptrdiff_t>(at_);
    if (std::any_of(first, position_.files.end(),
                    [](const FilePosition& file) { return file.has_fingerprint(); })) {
        return false;
    }
    return at_ + 1 == position_.files.size() || is_last_followed_;
}

// The inode of an empty file was found. It certainly belongs to another file now if that is an
// archive, or begins like another file of the position.
bool Resumption::is_another(const FileFacts& file) const
{
    if (position_.files[at_].has_fingerprint()) return false;
    const auto is_known = [&](FilePosition other) {
        other.offset = 0;
        return other.has_fingerprint() && begins_like(file, other);
    };
    return file.is_archive || std::ranges::any_of(position_.files, is_known);
}

// A file that was found by its inode alone and is newer than a file that came after it is not the
// one: its inode is used again.
Resumption::Plan Resumption::plan() const
{
    Plan plan = plan_;
    std::optional<std::string_view> later;
    for (auto index = plan_.files.size(); index-- > 0;) {
        if (position_.files[plan_.files[index].at].has_fingerprint()) {
            later = names_[index];
        } else if (later && !can_be_older(log_, names_[index], *later)) {
            plan.files.erase(plan.files.begin() + static_cast<std::ptrdiff_t>(index));
        }
    }
    return plan;
}

}  // namespace mailban
