#include "io/source/log_matches.h"

#include "mailban/rotation/suffix.h"

#include <glob.h>
#include <sys/stat.h>

#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace mailban::io {

namespace {

// After this long without a line a log is none that dated files come from.
constexpr Duration kStale = std::chrono::days(1);

LogMatch to_match(const std::string& path, const struct ::stat& st)
{
    return {path,
            {st.st_dev, st.st_ino},
            static_cast<std::uint64_t>(st.st_size),
            Timestamp(std::chrono::seconds(st.st_mtim.tv_sec) +
                      std::chrono::microseconds(st.st_mtim.tv_nsec / 1000))};
}

enum class Rotated : std::uint8_t { no, by_count, by_date };

// What stands beside the files that match.
class Neighbours {
public:
    Neighbours(const std::vector<std::string>& names, const std::vector<LogMatch>& files,
               const KnownLogs& known)
        : known_(known)
    {
        for (const auto& file : files)
            files_.insert(file.id);
        for (const auto& name : names) {
            if (!is_compressed(name)) continue;
            for (const auto& base : bases_of(std::string(without_compression(name))))
                if (!base.is_dated) packed_.insert(base.path);
        }
    }

    Rotated judge(const LogMatch& match)
    {
        for (const auto& [path, is_dated] : bases_of(match.path)) {
            if (!is_dated && packed_.contains(path)) return Rotated::by_count;
            if (!is_log_of(path, is_dated, match)) continue;
            return is_dated ? Rotated::by_date : Rotated::by_count;
        }
        return Rotated::no;
    }

private:
    struct Base {
        std::string path{};
        bool is_dated = false;
    };
    struct Log {
        bool is_expected = false;
        std::optional<LogMatch> file{};
    };

    static std::vector<Base> bases_of(const std::string& path)
    {
        const auto slash = path.rfind('/');
        const auto length = slash == std::string::npos ? 0 : slash + 1;
        std::vector<Base> bases;
        for (const auto& [name, is_dated] : rotation_bases(std::string_view(path).substr(length)))
            bases.push_back({path.substr(0, length) + std::string(name), is_dated});
        return bases;
    }

    const Log& log_of(const std::string& path)
    {
        const auto [found, is_new] = logs_.try_emplace(path);
        auto& log = found->second;
        if (!is_new) return log;
        const bool is_followed = known_.is_followed(path);
        struct ::stat st = {};
        // A link to the newest of many dated logs is none that they come from.
        const bool is_file = ::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
        if (is_file || is_followed) log.file = match_of(path);
        log.is_expected = is_followed || (!log.file && known_.is_awaited(path, files_));
        return log;
    }

    bool is_log_of(const std::string& path, bool is_dated, const LogMatch& match)
    {
        const auto& [is_expected, file] = log_of(path);
        if (!file) return is_expected;
        return !is_dated || match.written < file->written + kStale;
    }

    const KnownLogs& known_;
    std::set<FileId> files_{};
    std::set<std::string> packed_{};  // logs that have a compressed file, counted
    std::map<std::string, Log> logs_{};
};

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
    Neighbours neighbours(names, files, known);
    LogMatches matches;
    for (auto& file : files) {
        const auto rotated = neighbours.judge(file);
        const bool is_log =
            rotated == Rotated::no || (rotated == Rotated::by_date && known.is_followed(file.path));
        if (is_log) {
            matches.logs.push_back(std::move(file));
        } else if (rotated == Rotated::by_count) {
            matches.counted.push_back(std::move(file.path));
        }
    }
    return matches;
}

}  // namespace mailban::io
