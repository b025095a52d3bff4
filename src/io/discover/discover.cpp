#include "io/discover/discover.h"

#include "io/daemon/check_access.h"
#include "io/source/journal.h"
#include "io/source/log_glob.h"
#include "mailban/discover/known_files.h"
#include "mailban/discover/known_units.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

// More entries of one folder are not looked at.
constexpr int kMostEntries = 10'000;

SourceConfig found_file(std::string path)
{
    SourceConfig source;
    source.file = std::move(path);
    source.found = true;
    return source;
}

bool is_log(const std::string& path)
{
    struct ::stat st = {};
    // A folder above it that is closed hides whether there is one; then there is nothing to tell.
    return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

bool is_there(const std::string& path)
{
    return is_glob(path) ? !matching_logs(path).empty() : is_log(path);
}

std::vector<std::string> existing_files(const std::string& root)
{
    std::vector<std::string> existing;
    for (const auto& file : known_files()) {
        if (is_there(root + std::string(file.path))) existing.emplace_back(file.path);
    }
    return existing;
}

std::vector<std::string> names_in(const std::string& folder)
{
    std::vector<std::string> names;
    std::error_code ec;
    const fs::directory_iterator entries(folder, ec);
    int left = kMostEntries;
    for (auto at = begin(entries); !ec && at != end(entries) && left-- > 0; at.increment(ec))
        names.push_back(at->path().filename().string());
    return names;
}

// Units whose files systemd would load, and instances that another unit wants.
std::vector<std::string> existing_units(const std::string& root)
{
    constexpr std::array<const char*, 9> kFolders{
        "/etc/systemd/system",           "/run/systemd/system",     "/run/systemd/transient",
        "/run/systemd/generator.early",  "/run/systemd/generator",  "/run/systemd/generator.late",
        "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};
    std::vector<std::string> units;
    for (const auto* const folder : kFolders) {
        for (auto& name : names_in(root + folder)) {
            const bool has_wanted = name.ends_with(".wants") || name.ends_with(".requires");
            if (has_wanted) {
                for (auto& wanted : names_in(root + folder + "/" + name))
                    units.push_back(std::move(wanted));
            }
            units.push_back(std::move(name));
        }
    }
    return units;
}

std::string remark_on(const std::string& path)
{
    const bool is_closed = !is_glob(path) && ::access(path.c_str(), R_OK) != 0;
    if (!is_closed) return {};
    const int code = errno;
    return path + " cannot be read: " + std::strerror(code) +
           (code == EACCES ? who_may_read(path) : "");
}

}  // namespace

Found discover(const DiscoverOptions& options)
{
    Found found;
    const auto units = mail_units_of(existing_units(options.root));
    for (const auto& path : taken_files(existing_files(options.root), !units.empty())) {
        found.sources.push_back(found_file(options.root + path));
        if (auto remark = remark_on(options.root + path); !remark.empty())
            found.remarks.push_back(std::move(remark));
    }
    for (const auto& unit : units) {
        SourceConfig source;
        source.units.push_back(unit);
        source.found = true;
        found.sources.push_back(std::move(source));
    }
    return found;
}

}  // namespace mailban::io
