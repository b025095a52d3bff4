#include "io/source/journal.h"

#include <fcntl.h>
#include <pwd.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

Error journal_failure(const std::string& what, int code)
{
    return Error{what + ": " + std::generic_category().message(-code)};
}

std::string machine_id()
{
    sd_id128_t id = {};
    std::array<char, SD_ID128_STRING_MAX> text{};
    if (sd_id128_get_machine(&id) < 0) return {};
    return sd_id128_to_string(id, text.data());
}

// Whether a folder has files of the journal, and of these one that may be read. `prefix`: how the
// names of those that count begin; each user has files too.
JournalAccess access_to(const std::string& folder, std::string_view prefix)
{
    auto found = JournalAccess::none;
    std::error_code ec;
    const fs::directory_iterator entries(folder, ec);
    if (ec == std::errc::permission_denied) return JournalAccess::denied;
    for (auto at = begin(entries); !ec && at != end(entries); at.increment(ec)) {
        const auto name = at->path().filename().string();
        // A file that a crash left open is set aside under a name with a tilde, and read all the
        // same.
        const bool counts =
            name.starts_with(prefix) && (name.ends_with(".journal") || name.ends_with(".journal~"));
        if (!counts) continue;
        if (::faccessat(AT_FDCWD, at->path().c_str(), R_OK, AT_EACCESS) == 0)
            return JournalAccess::readable;
        found = JournalAccess::denied;
    }
    return found;
}

std::string user_name()
{
    const auto* entry = ::getpwuid(::geteuid());
    return entry != nullptr ? "the user " + std::string(entry->pw_name) : "this user";
}

}  // namespace

bool name_one_entry(std::string_view cursor, std::string_view other) noexcept
{
    const auto entry_of = [](std::string_view text) {
        const auto at = text.find(";b=");
        return at == std::string_view::npos ? text : text.substr(at);
    };
    return entry_of(cursor) == entry_of(other);
}

namespace {

JournalAccess access_to_one(const std::string& folder, const std::string& directory)
{
    return access_to(folder, directory.empty() ? "system" : "");
}

std::string first_denied(const std::string& directory)
{
    for (const auto& folder : journal_folders(directory))
        if (access_to_one(folder, directory) == JournalAccess::denied) return folder;
    return directory;
}

Status check_access(const std::string& directory)
{
    const auto access = journal_access(directory);
    if (access == JournalAccess::readable) return Done{};
    if (access == JournalAccess::denied) {
        return Error{"cannot read the journal in " + first_denied(directory) +
                     ": Permission denied; put " + user_name() + " into the group systemd-journal"};
    }
    if (!directory.empty()) return Error{"there is no journal in " + directory + " yet"};
    return Error{"there is no journal in /var/log/journal or /run/log/journal yet"};
}

}  // namespace

JournalAccess journal_access(const std::string& directory)
{
    auto best = JournalAccess::none;
    for (const auto& folder : journal_folders(directory))
        best = std::max(best, access_to_one(folder, directory));
    return best;
}

std::vector<std::string> journal_folders(const std::string& directory)
{
    std::vector<std::string> folders;
    std::error_code ec;
    if (!directory.empty()) {
        if (fs::exists(directory, ec) || ec) folders.push_back(directory);
        return folders;
    }
    const std::string id = machine_id();
    for (const std::string root : {"/run/log/journal/", "/var/log/journal/"}) {
        if (fs::exists(root + id, ec) || ec) folders.push_back(root + id);
    }
    return folders;
}

void Journal::Close::operator()(sd_journal* journal) const
{
    sd_journal_close(journal);
}

Result<Journal> Journal::open(const std::string& directory)
{
    if (auto there = check_access(directory); !there) return there.error();
    sd_journal* raw = nullptr;
    // Users' own journals have numbers of their own, which do not rise along with the system's.
    const int opened = directory.empty()
                           ? sd_journal_open(&raw, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM)
                           : sd_journal_open_directory(&raw, directory.c_str(), 0);
    if (opened < 0) return journal_failure("cannot open the journal", opened);
    Handle handle(raw);
    // Watched first, read second: what comes in between is told.
    const int fd = sd_journal_get_fd(raw);
    if (fd < 0) return journal_failure("cannot watch the journal", fd);
    sd_journal_set_data_threshold(raw, kMaxField + sizeof "MESSAGE=" + 1);
    return Journal(std::move(handle), fd);
}

Status Journal::select(const JournalMatch& match)
{
    return match.is_exact() ? select_value(match.field(), match.pattern()) : Status(Done{});
}

Status Journal::select_value(const char* field, const std::string& value)
{
    const std::string term = std::string(field) + "=" + value;
    const int added = sd_journal_add_match(handle_.get(), term.data(), term.size());
    if (added < 0) return journal_failure("cannot look for " + term, added);
    return Done{};
}

Result<std::size_t> Journal::select_present(const JournalMatch& match)
{
    constexpr std::size_t kMostValues = 100'000;
    std::size_t fitting = 0;
    for (const auto& value : values_of(match.field(), kMostValues)) {
        if (!match.fits(value)) continue;
        if (auto selected = select_value(match.field(), value); !selected) return selected.error();
        ++fitting;
    }
    return fitting;
}

Status Journal::seek(Timestamp time)
{
    const auto microseconds = std::max<std::int64_t>(0, time.time_since_epoch().count());
    const int done =
        sd_journal_seek_realtime_usec(handle_.get(), static_cast<std::uint64_t>(microseconds));
    if (done < 0) return journal_failure("cannot go back in the journal", done);
    return Done{};
}

Status Journal::seek(const std::string& cursor)
{
    const int done = sd_journal_seek_cursor(handle_.get(), cursor.c_str());
    if (done < 0) return journal_failure("cannot find a place in the journal", done);
    return Done{};
}

Status Journal::seek_back(std::size_t entries)
{
    int done = sd_journal_seek_tail(handle_.get());
    if (done >= 0) done = sd_journal_previous_skip(handle_.get(), entries);
    if (done < 0) return journal_failure("cannot go back in the journal", done);
    // With fewer entries than that it stands at the first, which must not be passed over.
    return static_cast<std::size_t>(done) < entries && sd_journal_seek_head(handle_.get()) < 0
               ? Status(Error{"cannot go back in the journal"})
               : Status(Done{});
}

void Journal::select_all()
{
    sd_journal_flush_matches(handle_.get());
    sd_journal_seek_head(handle_.get());
}

Result<bool> Journal::previous()
{
    const int moved = sd_journal_previous(handle_.get());
    if (moved < 0) return journal_failure("cannot read the journal", moved);
    return moved > 0;
}

Status Journal::seek_end()
{
    const int done = sd_journal_seek_tail(handle_.get());
    if (done < 0) return journal_failure("cannot go back in the journal", done);
    return Done{};
}

std::vector<std::string> Journal::values_of(const char* field, std::size_t most)
{
    std::vector<std::string> values;
    if (sd_journal_query_unique(handle_.get(), field) < 0) return values;
    const void* data = nullptr;
    std::size_t size = 0;
    const std::size_t skipped = std::strlen(field) + 1;
    while (values.size() < most && sd_journal_enumerate_unique(handle_.get(), &data, &size) > 0) {
        const std::string_view pair(static_cast<const char*>(data), size);
        if (size > skipped) values.emplace_back(pair.substr(skipped));
    }
    return values;
}

Result<bool> Journal::next()
{
    const int moved = sd_journal_next(handle_.get());
    if (moved < 0) return journal_failure("cannot read the journal", moved);
    return moved > 0;
}

std::optional<std::string_view> Journal::field(const char* name)
{
    const void* data = nullptr;
    std::size_t size = 0;
    if (sd_journal_get_data(handle_.get(), name, &data, &size) < 0) return std::nullopt;
    std::string_view pair(static_cast<const char*>(data), size);
    const std::size_t skipped = std::strlen(name) + 1;
    if (pair.size() < skipped) return std::nullopt;
    return pair.substr(skipped);
}

std::string Journal::text(const char* name, std::size_t longest)
{
    const auto value = field(name);
    return value ? std::string(value->substr(0, longest)) : std::string();
}

std::optional<JournalPosition> Journal::position()
{
    char* raw = nullptr;
    std::uint64_t microseconds = 0;
    if (sd_journal_get_realtime_usec(handle_.get(), &microseconds) < 0) return std::nullopt;
    if (sd_journal_get_cursor(handle_.get(), &raw) < 0) return std::nullopt;
    const std::unique_ptr<char, decltype(&std::free)> cursor(raw, &std::free);
    return JournalPosition{cursor.get(), Timestamp(Duration(microseconds))};
}

Result<Journal::Change> Journal::take_changes()
{
    const int changed = sd_journal_process(handle_.get());
    if (changed < 0) return journal_failure("cannot watch the journal", changed);
    if (changed == SD_JOURNAL_INVALIDATE) return Change::files;
    return changed == SD_JOURNAL_APPEND ? Change::appended : Change::none;
}

}  // namespace mailban::io
