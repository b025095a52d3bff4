#include "io/import/import_files.h"

#include "io/setup/change_files.h"
#include "io/store/database.h"
#include "io/store/statement.h"
#include "mailban/discover/shell_pattern.h"
#include "mailban/import/ini.h"
#include "mailban/words.h"

#include <dirent.h>
#include <glob.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::size_t kMostOfFile = 4U << 20U;
constexpr std::size_t kMostOfList = 64U << 20U;
constexpr std::size_t kMostFiles = 2000;
constexpr std::size_t kMostRows = 1'000'000;

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

Result<std::vector<std::string>> files_in(const std::string& folder)
{
    const std::unique_ptr<DIR, CloseFolder> opened(::opendir(folder.c_str()));
    if (!opened) return Error{"cannot open " + folder + ": " + std::strerror(errno)};
    std::vector<std::string> names;
    while (const auto* entry = ::readdir(opened.get()))
        if (names.size() < kMostFiles) names.emplace_back(entry->d_name);
    return names;
}

class Fail2banFolder {
public:
    explicit Fail2banFolder(std::string folder) : folder_(std::move(folder)) {}

    Result<Fail2banFiles> read()
    {
        const auto names = files_in(folder_);
        if (!names) return names.error();
        for (const auto& name : *names)
            if (auto added = add_settings(name); !added) return added.error();
        for (const std::string part : {"jail.d/", "fail2ban.d/"}) {
            const auto parts = files_in(folder_ + '/' + part);
            if (!parts) continue;
            for (const auto& name : *parts)
                if (auto added = add_settings(part + name); !added) return added.error();
        }
        return std::move(files_);
    }

private:
    Status add_settings(const std::string& name)
    {
        if (!ends_with_any(name, {".conf", ".local"})) return Done{};
        return add(name);
    }

    // And what it includes from elsewhere.
    Status add(const std::string& name)
    {
        if (files_.contains(name) || files_.size() >= kMostFiles) return Done{};
        const auto text =
            read_if_there(name.starts_with('/') ? name : folder_ + '/' + name, kMostOfFile);
        if (!text) return text.error();
        if (!*text) return Done{};
        files_[name] = **text;
        const auto sections = parse_ini(**text);
        const auto includes = sections.find("INCLUDES");
        if (includes == sections.end()) return Done{};
        for (const auto& [option, value] : includes->second)
            if (auto added = add_included(name, value); !added) return added;
        return Done{};
    }

    Status add_included(const std::string& from, std::string_view names)
    {
        const auto slash = from.rfind('/');
        const auto folder = slash == std::string::npos ? "" : from.substr(0, slash + 1);
        while (!names.empty()) {
            const auto end = std::min(names.find('\n'), names.size());
            const auto name = std::string(trimmed(names.substr(0, end)));
            names.remove_prefix(std::min(end + 1, names.size()));
            if (name.empty()) continue;
            if (auto added = add(name.starts_with('/') ? name : folder + name); !added)
                return added;
        }
        return Done{};
    }

    std::string folder_;
    Fail2banFiles files_{};
};

// Version 3 of the database and older have no length in their bans.
const char* query_for(sqlite3* database)
{
    if (Statement(database, "SELECT bantime FROM bips LIMIT 1").prepared() == SQLITE_OK)
        return "SELECT ip, jail, timeofban, bantime FROM bips LIMIT ?";
    if (Statement(database, "SELECT bantime FROM bans LIMIT 1").prepared() == SQLITE_OK)
        return "SELECT ip, jail, timeofban, bantime FROM bans LIMIT ?";
    return "SELECT ip, jail, timeofban FROM bans LIMIT ?";
}

bool is_followed(const std::string& path, const Config& config, const Found& found)
{
    const auto follows = [&](const SourceConfig& source) {
        return !source.file.empty() && (source.file == path || fits_pattern(source.file, path));
    };
    return std::any_of(config.sources.begin(), config.sources.end(), follows) ||
           (config.discover && std::any_of(found.sources.begin(), found.sources.end(), follows));
}

struct GlobMatches {
    GlobMatches() = default;
    ~GlobMatches() { ::globfree(&found); }
    GlobMatches(const GlobMatches&) = delete;
    GlobMatches& operator=(const GlobMatches&) = delete;
    glob_t found{};
};

std::vector<std::string> files_of_pattern(const std::string& pattern)
{
    GlobMatches matches;
    if (::glob(pattern.c_str(), 0, nullptr, &matches.found) != 0) return {};
    std::vector<std::string> paths;
    for (std::size_t at = 0; at < std::min<std::size_t>(matches.found.gl_pathc, kMostFiles); ++at)
        paths.emplace_back(matches.found.gl_pathv[at]);
    return paths;
}

}  // namespace

Result<Fail2banFiles> read_fail2ban_files(const std::string& folder)
{
    return Fail2banFolder(folder).read();
}

Result<CsfFiles> read_csf_files(const std::string& folder, const std::string& state)
{
    CsfFiles files;
    const auto add = [&](const std::string& name, const std::string& path) -> Status {
        const auto text = read_if_there(path, kMostOfList);
        if (!text) return text.error();
        if (*text) files[name] = **text;
        return Done{};
    };
    for (const std::string name : {"csf.conf", "csf.allow", "csf.ignore", "csf.deny", "csf.dyndns"})
        if (auto added = add(name, folder + '/' + name); !added) return added.error();
    for (const std::string name : {"csf.tempban", "csf.tempallow"})
        if (auto added = add(name, state + '/' + name); !added) return added.error();
    const auto lists = files;
    for (const auto& [name, text] : lists) {
        if (name == "csf.conf") continue;
        for (const auto& path : csf_includes(text))
            if (auto added = add(path, path); !added) return added.error();
    }
    return files;
}

Result<std::vector<Fail2banRow>> read_fail2ban_bans(const std::string& path)
{
    // SQLite says of all causes the same.
    if (::access(path.c_str(), R_OK) != 0)
        return Error{"fail2ban's database " + path + ": " + std::strerror(errno)};
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    const int opened = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    const DatabaseHandle handle(raw);
    if (opened != SQLITE_OK) return database_error(raw, path);
    sqlite3_busy_timeout(raw, kBusyMilliseconds);
    const std::string sql = query_for(raw);
    const bool has_length = contains(sql, "bantime");
    std::vector<Fail2banRow> rows;
    Statement query(raw, sql);
    query.bind(kMostRows);
    int result = SQLITE_OK;
    while ((result = query.step()) == SQLITE_ROW)
        rows.push_back({query.text(0), query.text(1), query.integer(2),
                        has_length ? query.integer(3) : 0, has_length});
    if (result != SQLITE_DONE) return database_error(raw, path);
    return rows;
}

bool is_running(const std::string& pid_file)
{
    const auto text = read_if_there(pid_file, 64);
    if (!text || !*text) return false;
    const auto digits = trimmed(**text, " \t\r\n");
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (error != std::errc() || pid <= 0) return false;
    return ::kill(pid, 0) == 0 || errno == EPERM;
}

LogState log_state(const std::string& path, const Config& config, const Found& found)
{
    const auto files = files_of_pattern(path);
    if (files.empty())
        return is_followed(path, config, found) ? LogState::followed : LogState::absent;
    const bool are_followed = std::all_of(files.begin(), files.end(), [&](const auto& file) {
        return is_followed(file, config, found);
    });
    return are_followed ? LogState::followed : LogState::unfollowed;
}

}  // namespace mailban::io
