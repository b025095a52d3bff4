#include "io/daemon/glance.h"

#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/source/journal.h"
#include "io/source/journal_entry.h"
#include "io/source/log_reader.h"
#include "mailban/rotation/suffix.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

namespace mailban::io {

namespace {

namespace fs = std::filesystem;

constexpr off_t kEnd = 64L * 1024;
constexpr std::size_t kEntries = 300;
constexpr std::size_t kEntriesOfAll = 5'000;
// Of a packed file, from its beginning.
constexpr std::size_t kPackedLines = 2'000;

LogParser parser_of(const SourceConfig& source)
{
    return LogParser(source.parser, zone_of(source, system_now()), source.patterns, source.assured,
                     random_seed());
}

// The end of a plain file; empty where it cannot be read.
std::string end_of(const std::string& path)
{
    const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return {};
    struct ::stat st = {};
    std::string text;
    if (::fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        text.resize(static_cast<std::size_t>(std::min<off_t>(st.st_size, kEnd)));
        const auto from = st.st_size - static_cast<off_t>(text.size());
        const ssize_t got = ::pread(fd, text.data(), text.size(), from);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        // What stands before the first line's end is a part of a line.
        if (from > 0) text.erase(0, std::min(text.size(), text.find('\n') + 1));
    }
    ::close(fd);
    return text;
}

void read_text(const std::string& text, const SourceConfig& source, Glance& glance)
{
    LogParser parser = parser_of(source);
    const Timestamp now = system_now();
    for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != std::string::npos;
         from = to + 1) {
        parser.parse(std::string_view(text).substr(from, to - from), now);
        glance.count(parser);
    }
}

void read_packed(const std::string& path, const SourceConfig& source, Glance& glance)
{
    auto reader = LogReader::open(path);
    if (!reader) return;
    LogParser parser = parser_of(source);
    const Timestamp now = system_now();
    while (glance.known == 0 && glance.lines < kPackedLines) {
        const auto more = reader->read_some([&](std::string_view line) {
            parser.parse(line, now);
            glance.count(parser);
        });
        if (!more || !*more) return;
    }
}

// The file that rotation made of the log last.
std::optional<std::string> predecessor_of(const std::string& path)
{
    const fs::path log(path);
    std::error_code ec;
    std::optional<std::pair<fs::file_time_type, std::string>> newest;
    for (fs::directory_iterator entry(log.parent_path(), ec), end; !ec && entry != end;
         entry.increment(ec)) {
        if (!has_rotation_suffix(log.filename().string(), entry->path().filename().string()))
            continue;
        std::error_code failed;
        const auto at = entry->last_write_time(failed);
        if (failed || (newest && newest->first >= at)) continue;
        newest.emplace(at, entry->path().string());
    }
    if (!newest) return std::nullopt;
    return newest->second;
}

// Since when there is such a file: its birth where the file system knows it, or else its last
// change.
std::optional<Duration> age_of(const std::string& path)
{
    struct ::statx st = {};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BTIME | STATX_CTIME, &st) != 0)
        return std::nullopt;
    const auto& at = (st.stx_mask & STATX_BTIME) != 0 ? st.stx_btime : st.stx_ctime;
    return system_now() - Timestamp(std::chrono::seconds(at.tv_sec));
}

bool is_journal_new(const std::string& directory)
{
    auto journal = Journal::open(directory);
    if (!journal) return false;
    const auto has_first = journal->next();
    if (!has_first) return false;
    if (!*has_first) return true;
    const auto first = journal->position();
    return first && system_now() - first->time < kNew;
}

}  // namespace

void Glance::count(const LogParser& parser)
{
    ++lines;
    const auto writer = parser.last_writer();
    if (!writer) return;
    ++known;
    ++servers[static_cast<std::size_t>(*writer)];
}

bool Glance::shows(bool (*is_one)(MailServer)) const
{
    for (std::size_t at = 0; at < servers.size(); ++at)
        if (servers[at] > 0 && is_one(static_cast<MailServer>(at))) return true;
    return false;
}

Glance glance_at_file(const std::string& path, const SourceConfig& source)
{
    Glance glance;
    read_text(end_of(path), source, glance);
    if (glance.known > 0) return glance;
    const auto age = age_of(path);
    const auto before = predecessor_of(path);
    const bool has_few_lines = glance.lines < kFewLines;
    if (before) {
        if (is_compressed(*before)) {
            read_packed(*before, source, glance);
        } else {
            read_text(end_of(*before), source, glance);
        }
    }
    glance.is_new = glance.known == 0 && !before && has_few_lines && age && *age < kNew;
    return glance;
}

namespace {

// Reads one entry, if it fits. False: there is none.
bool read_one(Journal& journal, const JournalMatch& match, LogParser& parser, Glance& glance)
{
    const auto moved = journal.next();
    if (!moved || !*moved) return false;
    if (!fits(journal, match)) return true;
    const auto position = journal.position();
    if (!position) return true;
    const JournalEntry entry = read_entry(journal, position->time);
    if (!entry.text) return true;
    parser.parse(entry.message());
    glance.count(parser);
    return true;
}

}  // namespace

Glance glance_at_journal(const JournalMatch& match, const SourceConfig& source)
{
    Glance glance;
    auto journal = Journal::open(source.directory);
    if (!journal || !journal->select(match)) return glance;
    const std::size_t most = match.is_exact() ? kEntries : kEntriesOfAll;
    if (!journal->seek_back(most)) return glance;
    LogParser parser(source.parser, Zone(), source.patterns, source.assured, random_seed());
    for (std::size_t read = 0; read < most && glance.known == 0; ++read)
        if (!read_one(*journal, match, parser, glance)) break;
    glance.is_new =
        glance.lines < kFewLines && glance.known == 0 && is_journal_new(source.directory);
    return glance;
}

}  // namespace mailban::io
