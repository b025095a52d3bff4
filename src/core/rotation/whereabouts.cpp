#include "mailban/rotation/whereabouts.h"

#include "mailban/rotation/suffix.h"

#include <algorithm>

namespace mailban {

namespace {

bool is_own_name(std::string_view log, const std::string& name, ListedDirectory listed)
{
    return has_rotation_suffix(log, name) || (listed == ListedDirectory::own && name == log);
}

// The archive may not be complete yet.
bool has_plain(const Listing& listing, const std::string& name)
{
    return std::ranges::any_of(listing, [&](const DirectoryEntry& entry) {
        return entry.name == without_compression(name);
    });
}

// Of the entries that pass `is_wanted`: plain files first, the longest of them first; then
// archives.
template <class IsWanted>
void add_copies(const Listing& listing, const IsWanted& is_wanted, Listing& into)
{
    Listing plain;
    Listing archives;
    for (const auto& entry : listing) {
        if (!is_wanted(entry)) continue;
        if (!is_compressed(entry.name)) {
            plain.push_back(entry);
        } else if (!has_plain(listing, entry.name)) {
            archives.push_back(entry);
        }
    }
    std::ranges::stable_sort(plain, [](const DirectoryEntry& a, const DirectoryEntry& b) {
        return a.stat.size > b.stat.size;
    });
    into.insert(into.end(), plain.begin(), plain.end());
    into.insert(into.end(), archives.begin(), archives.end());
}

}  // namespace

bool is_unchanged(const Listing& before, const Listing& after)
{
    return std::ranges::equal(before, after, [](const auto& a, const auto& b) {
        return a.name == b.name && a.stat.device == b.stat.device && a.stat.inode == b.stat.inode;
    });
}

Listing candidates(const Listing& listing, std::string_view log, const FilePosition& position,
                   ListedDirectory listed)
{
    Listing found;
    const auto is_own = [&](const DirectoryEntry& entry) {
        return is_own_name(log, entry.name, listed);
    };
    const auto has_inode = [&](const DirectoryEntry& entry) {
        return position.has_inode_of(entry.stat) &&
               (listed == ListedDirectory::own || is_own(entry));
    };
    const auto same = std::ranges::find_if(listing, has_inode);
    if (same != listing.end()) found.push_back(*same);
    if (!position.has_fingerprint()) return found;
    add_copies(listing, is_own, found);
    if (listed == ListedDirectory::olddir) return found;
    const auto is_foreign = [&](const DirectoryEntry& entry) {
        return entry.name.starts_with(log) && !is_own(entry);
    };
    add_copies(listing, is_foreign, found);
    return found;
}

}  // namespace mailban
