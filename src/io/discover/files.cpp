// Units and files: what is where on this machine.
#include "io/discover/search.h"
#include "io/source/journal.h"
#include "io/source/log_glob.h"
#include "mailban/discover/configured_logs.h"
#include "mailban/discover/known_files.h"
#include "mailban/discover/known_units.h"
#include "mailban/discover/shell_pattern.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace mailban::io {

namespace {

constexpr std::size_t kMostConfiguration = std::size_t{256} * 1024;

bool is_log(const std::string& path)
{
    struct ::stat st = {};
    return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode);
}

// Of a pattern, whatever date a name has: which of them are logs is for who follows them.
bool is_there(const std::string& path)
{
    if (!is_glob(path)) return is_log(path);
    const auto folder = path.substr(0, path.rfind('/') + 1);
    const auto names = names_in(folder);
    return std::any_of(names.begin(), names.end(), [&](const auto& name) {
        return fits_pattern(path, folder + name) && is_log(folder + name);
    });
}

// `systemctl mask` links a unit there.
bool is_masked(const std::string& path)
{
    std::error_code ec;
    return std::filesystem::read_symlink(path, ec) == "/dev/null";
}

// Units whose files systemd would load, and instances that another unit wants.
std::vector<std::string> existing_units(const Search& search)
{
    constexpr std::array kFolders{
        "/etc/systemd/system",           "/run/systemd/system",     "/run/systemd/transient",
        "/run/systemd/generator.early",  "/run/systemd/generator",  "/run/systemd/generator.late",
        "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"};
    std::vector<std::string> units;
    std::set<std::string> masked;
    for (const auto* const name : kFolders) {
        const std::string folder = search.at(name);
        for (auto& unit : names_in(folder)) {
            const std::string path = folder + "/" + unit;
            if (unit.ends_with(".wants") || unit.ends_with(".requires")) {
                for (auto& wanted : names_in(path))
                    units.push_back(std::move(wanted));
            } else if (unit.ends_with(".service")) {
                if (is_masked(path)) masked.insert(unit);
                units.push_back(std::move(unit));
            }
        }
    }
    std::erase_if(units, [&](const auto& unit) { return masked.contains(unit); });
    return units;
}

void look_for_units(Search& search)
{
    const auto& journal = search.options().journal;
    const auto access = journal_access(journal);
    // Another root's journal is not this machine's.
    const bool is_elsewhere = !search.options().root.empty() && journal.empty();
    if (access == JournalAccess::none || is_elsewhere) return;
    const auto units = mail_units_of(existing_units(search));
    if (access == JournalAccess::readable) {
        for (const auto& unit : units)
            search.add_unit(unit);
    } else if (!units.empty()) {
        search.remark(
            "the journal cannot be read, and " + units.front() +
            " may log only there; run `usermod -aG systemd-journal mailban`, then `systemctl "
            "restart mailban`");
    }
}

void look_for_files(Search& search)
{
    std::vector<std::string> existing;
    for (const auto& file : known_files()) {
        if (is_there(search.at(file.path))) existing.emplace_back(file.path);
    }
    for (const auto& path : taken_files(existing, search.has_units()))
        search.add_file(search.at(path));
}

// The pieces of a configuration, where the pattern of its path fits.
std::vector<std::string> pieces_of(const std::string& pattern)
{
    if (!is_glob(pattern)) return {pattern};
    const std::filesystem::path path(pattern);
    std::vector<std::string> pieces;
    for (const auto& name : names_in(path.parent_path().string()))
        pieces.push_back((path.parent_path() / name).string());
    return pieces;
}

void look_for_configured(Search& search)
{
    for (const auto& [server, pattern] : known_configurations()) {
        for (const auto& piece : pieces_of(search.at(pattern))) {
            for (const auto& log :
                 configured_logs(server, read_beginning(piece, kMostConfiguration))) {
                if (is_there(search.at(log))) search.add_file(search.at(log));
            }
        }
    }
}

}  // namespace

void search_files(Search& search)
{
    search.later([&search] { look_for_units(search); });
    search.later([&search] { look_for_configured(search); });
    search.later([&search] { look_for_files(search); });
}

}  // namespace mailban::io
