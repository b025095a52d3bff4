#include "cli/old_log.h"

#include "io/daemon/check_access.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mailban::cli {

namespace {

constexpr const char* kStandardInput = "-";

Timestamp last_written(const std::string& file, Timestamp now)
{
    struct stat status = {};
    if (file == kStandardInput || ::stat(file.c_str(), &status) != 0) return now;
    // One that was touched in the future would shift the year of its lines.
    return std::min(now, Timestamp(std::chrono::seconds(status.st_mtim.tv_sec)));
}

// With who may read it, where that is the trouble.
Error cannot_open(const std::string& file, const Error& error)
{
    const bool is_denied = error.message.ends_with(std::strerror(EACCES));
    return is_denied ? Error{error.message + io::who_may_read(file)} : error;
}

Reading read(LogParser& parser, std::string_view line, Timestamp written)
{
    return parser.read_line(line, written);
}
Reading read(LogParser& parser, const LogMessage& entry, Timestamp)
{
    return parser.read_entry(entry);
}

std::optional<Event> parse_fast(LogParser& parser, std::string_view line, Timestamp written)
{
    return parser.parse(line, written);
}
std::optional<Event> parse_fast(LogParser& parser, const LogMessage& entry, Timestamp)
{
    return parser.parse(entry);
}

std::size_t size_of(std::string_view line)
{
    return line.size() + 1;
}
std::size_t size_of(const LogMessage& entry)
{
    return entry.text.size() + 1;
}

std::string line_of(std::string_view line)
{
    return std::string(line);
}
std::string line_of(const LogMessage& entry)
{
    std::string line(entry.program);
    if (entry.pid) line += "[" + std::to_string(*entry.pid) + "]";
    return (line.empty() ? line : line + ": ") + std::string(entry.text);
}

}  // namespace

std::string name_of(const OldLog& log)
{
    return log.journal ? io::journal_name(log.journal->directory, log.journal->match) : log.file;
}

std::uint64_t size_of(const std::vector<OldLog>& logs)
{
    std::uint64_t total = 0;
    for (const auto& log : logs) {
        struct stat status = {};
        if (log.journal || log.file == kStandardInput) return 0;
        if (::stat(log.file.c_str(), &status) != 0) continue;
        if (!S_ISREG(status.st_mode)) return 0;
        total += static_cast<std::uint64_t>(status.st_size);
    }
    return total;
}

Result<OpenOldLog> OpenOldLog::open(const OldLog& log, Timestamp now)
{
    const auto written = log.journal ? now : last_written(log.file, now);
    SourceConfig source;
    source.zone = log.zone;
    LogParser parser(log.servers, io::zone_of(source, written), log.patterns, log.assured,
                     io::random_seed());
    if (log.journal) {
        auto reader = io::JournalReader::open(*log.journal, log.since);
        if (!reader) return reader.error();
        return OpenOldLog(std::move(*reader), std::move(parser), written);
    }
    auto reader = io::LogReader::open(log.file);
    if (!reader) return cannot_open(log.file, reader.error());
    return OpenOldLog(std::move(*reader), std::move(parser), written);
}

// The longer way only as long as it has something to tell.
template <class Text>
std::optional<Event> OpenOldLog::parse(const Text& text, const OldLineCallback& on_line)
{
    if (!on_line && is_known_) return parse_fast(parser_, text, written_);
    const auto reading = mailban::cli::read(parser_, text, written_);
    if (reading.server || reading.event) is_known_ = true;
    if (on_line) on_line(line_of(text), reading, parser_.time_of(reading, written_));
    return reading.event;
}

std::uint64_t OpenOldLog::oversized() const
{
    return std::visit([](const auto& reader) { return reader.oversized(); }, reader_);
}

std::uint64_t OpenOldLog::bytes_read() const
{
    const auto* file = std::get_if<io::LogReader>(&reader_);
    return file != nullptr ? file->bytes_read() : 0;
}

LogBatch OpenOldLog::read_some(const OldLineCallback& on_line)
{
    LogBatch batch;
    const auto before = bytes_read();
    const auto take = [&](const auto& text) {
        ++lines_;
        ++batch.lines;
        batch.bytes += size_of(text);
        auto event = parse(text, on_line);
        if (event) batch.told.push_back({std::move(*event), lines_ + oversized()});
    };
    const auto more = std::visit([&](auto& reader) { return reader.read_some(take); }, reader_);
    batch.packed = bytes_read() - before;
    batch.is_known = is_known_;
    batch.is_last = !more.ok() || !*more;
    if (batch.is_last) batch.unread = oversized();
    if (!more.ok()) batch.problem = more.error().message;
    return batch;
}

}  // namespace mailban::cli
