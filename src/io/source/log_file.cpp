#include "io/source/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::uint64_t kHashStart = 14695981039346656037U;

// FNV-1a: can be continued as the beginning of the file grows, and needs no table.
std::uint64_t hash_on(std::uint64_t hash, std::string_view bytes)
{
    for (const char byte : bytes) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 1099511628211U;
    }
    return hash;
}

Error error_of(const std::string& path, int code)
{
    return Error{"cannot open " + path + ": " + std::generic_category().message(code)};
}

LogStat to_log_stat(const struct ::stat& st)
{
    return {st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size)};
}

}  // namespace

Result<LogFile> LogFile::open(const std::string& path)
{
    struct ::stat st = {};
    if (::stat(path.c_str(), &st) != 0) return error_of(path, errno);
    if (!S_ISREG(st.st_mode)) return Error{"cannot read " + path + ": not a regular file"};
    // O_NONBLOCK: the name may have become a FIFO since.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.is_open()) return error_of(path, errno);
    if (::fstat(file.get(), &st) != 0) return error_of(path, errno);
    if (!S_ISREG(st.st_mode)) return Error{"cannot read " + path + ": not a regular file"};
    return LogFile(std::move(file), to_log_stat(st));
}

LogFile::LogFile(Descriptor file, const LogStat& stat)
    : file_(std::move(file)), device_(stat.device), inode_(stat.inode), head_hash_(kHashStart)
{
}

LogStat LogFile::stat() const
{
    struct ::stat st = {};
    if (::fstat(fd(), &st) != 0) return {};
    return to_log_stat(st);
}

std::size_t LogFile::read_at(std::uint64_t offset, char* buffer, std::size_t size) const
{
    std::size_t done = 0;
    while (done < size) {
        const auto count =
            ::pread(fd(), buffer + done, size - done, static_cast<off_t>(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        done += static_cast<std::size_t>(count);
    }
    return done;
}

bool LogFile::begins_like(const FilePosition& position) const
{
    if (stat().size < position.offset) return false;
    std::string head(std::min<std::size_t>(position.fingerprint_length, kHead), '\0');
    head.resize(read_at(0, head.data(), head.size()));
    return head.size() == position.fingerprint_length &&
           hash_on(kHashStart, head) == position.fingerprint;
}

void LogFile::start_at(std::uint64_t offset)
{
    base_ = offset;
    splitter_.reset();
    head_.resize(std::min<std::uint64_t>(offset, kHead));
    head_.resize(read_at(0, head_.data(), head_.size()));
    head_hash_ = hash_on(kHashStart, head_);
}

void LogFile::restart()
{
    oversized_ += splitter_.oversized();
    start_at(0);
}

LogFile::Progress LogFile::read(const LineCallback& on_line)
{
    std::array<char, kChunk> buffer;  // NOLINT: not zeroed, for read() fills it
    ssize_t count = 0;
    do {
        count = ::pread(fd(), buffer.data(), buffer.size(), static_cast<off_t>(read_offset()));
    } while (count < 0 && errno == EINTR);
    if (count < 0) {
        problem_ = std::generic_category().message(errno);
        return Progress::failed;
    }
    problem_.clear();
    // Asked after the bytes were taken: they are the old content's if it is still there now.
    if (!is_unchanged()) return Progress::truncated;
    if (count == 0) return Progress::end;
    const std::string_view chunk(buffer.data(), static_cast<std::size_t>(count));
    remember_head(chunk);
    splitter_.feed(chunk);
    while (const auto line = splitter_.next())
        on_line(*line);
    return Progress::more;
}

bool LogFile::is_unchanged() const
{
    if (stat().size < read_offset()) return false;
    std::array<char, kHead> now;  // NOLINT: not zeroed
    const auto count = read_at(0, now.data(), head_.size());
    return std::string_view(now.data(), count) == head_;
}

void LogFile::remember_head(std::string_view chunk)
{
    // After start_at() the head may reach beyond what is read again.
    if (read_offset() != head_.size() || head_.size() == kHead) return;
    const auto more = chunk.substr(0, kHead - head_.size());
    head_ += more;
    head_hash_ = hash_on(head_hash_, more);
}

FilePosition LogFile::position() const
{
    return {device_, inode_, base_ + splitter_.consumed(), head_hash_,
            static_cast<std::uint32_t>(head_.size())};
}

std::uint64_t LogFile::read_offset() const noexcept
{
    return base_ + splitter_.consumed() + splitter_.pending();
}

}  // namespace mailban::io
