#include "io/source/log_matches.h"

#include "mailban/rotation/suffix.h"

#include <glob.h>
#include <sys/stat.h>

#include <map>
#include <utility>

namespace mailban::io {

namespace {

LogMatch to_match(const std::string& path, const struct ::stat& st)
{
    return {path,
            {st.st_dev, st.st_ino},
            static_cast<std::uint64_t>(st.st_size),
            Timestamp(std::chrono::seconds(st.st_mtim.tv_sec) +
                      std::chrono::microseconds(st.st_mtim.tv_nsec / 1000))};
}

ParentLog look_at_parent(const std::string& path, const KnownLogs& known,
                         const std::set<FileId>& files)
{
    ParentLog parent;
    const bool is_followed = known.is_followed(path);
    struct ::stat st = {};
    // A link to the newest of many dated logs is none that they come from.
    const bool is_file = ::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
    if (is_file || is_followed) {
        if (const auto match = match_of(path)) parent.written = match->written;
    }
    parent.is_expected = is_followed || (!parent.written && known.is_awaited(path, files));
    return parent;
}

}  // namespace

bool is_glob(const std::string& path)
{
    return path.find_first_of("*?[") != std::string::npos;
}

std::vector<std::string> expand_glob(const std::string& pattern)
{
    ::glob_t found = {};
    std::vector<std::string> names;
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
        names.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    }
    ::globfree(&found);
    return names;
}

std::optional<LogMatch> match_of(const std::string& path)
{
    struct ::stat st = {};
    if (::stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) return std::nullopt;
    return to_match(path, st);
}

LogMatches find_matches(const std::string& pattern, const KnownLogs& known)
{
    const auto names = expand_glob(pattern);
    std::vector<LogMatch> files;
    for (const auto& path : names) {
        if (is_set_aside(path)) continue;
        if (auto match = match_of(path)) files.push_back(std::move(*match));
    }
    std::set<FileId> ids;
    for (const auto& file : files)
        ids.insert(file.id);
    std::map<std::string, ParentLog> parents;
    for (const auto& path : parents_of(files))
        parents.emplace(path, look_at_parent(path, known, ids));
    return own_logs(std::move(files), names, parents, known.is_followed);
}

}  // namespace mailban::io
