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

constexpr std::size_t kComparedAtOnce = std::size_t{128} * 1024;

Refusal refusal_of(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR: return Refusal::absent;
    case EMFILE:
    case ENFILE:
    case ENOMEM: return Refusal::exhausted;
    default: return Refusal::refused;
    }
}

LogFile::Opened open_failure(const std::string& path, int code)
{
    return {std::nullopt, refusal_of(code),
            "cannot open " + path + ": " + std::generic_category().message(code)};
}

LogFile::Opened not_regular(const std::string& path)
{
    return {std::nullopt, Refusal::refused, "cannot read " + path + ": not a regular file"};
}

FileStat to_log_stat(const struct ::stat& st)
{
    return {st.st_dev, st.st_ino, static_cast<std::uint64_t>(st.st_size)};
}

}  // namespace

LogFile::Opened LogFile::open(const std::string& path)
{
    struct ::stat st = {};
    if (::stat(path.c_str(), &st) != 0) return open_failure(path, errno);
    if (!S_ISREG(st.st_mode)) return not_regular(path);
    // O_NONBLOCK: the name may have become a FIFO since.
    Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file.is_open()) return open_failure(path, errno);
    if (::fstat(file.get(), &st) != 0) return open_failure(path, errno);
    if (!S_ISREG(st.st_mode)) return not_regular(path);
    return {LogFile(std::move(file), to_log_stat(st)), Refusal::none, {}};
}

LogFile::LogFile(Descriptor file, const FileStat& stat)
    : file_(std::move(file)), device_(stat.device), inode_(stat.inode)
{
    set_head({});
}

FileStat LogFile::stat() const
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

FileFacts LogFile::facts()
{
    return {stat(), is_packed(), read_head(kHeadSize)};
}

// The first bytes, at most `size` and at most those that are remembered.
std::string LogFile::read_head(std::uint64_t size)
{
    std::string head(std::min<std::uint64_t>(size, kHeadSize), '\0');
    if (packed_) {
        prime();
        return packed_head_.substr(0, head.size());
    }
    head.resize(read_at(0, head.data(), head.size()));
    return head;
}

bool LogFile::is_copy_of(const LogFile& original) const
{
    const auto size = stat().size;
    return size > 0 && original.stat().size >= size && is_like(original, size);
}

bool LogFile::is_archive_of(LogFile& original)
{
    return packed_ && !original.packed_ && original.look_at_head() && original.is_intact() &&
           begins_like(original.position());
}

std::uint64_t LogFile::common_lines(const LogFile& other) const
{
    const auto shorter = std::min(stat().size, other.stat().size);
    if (is_like(other, shorter)) return end_of_lines(shorter);
    const auto read = other.position().offset;
    if (read > shorter || !is_like(other, read)) return 0;
    return end_of_lines(first_difference(other, read));
}

// Where the two files differ first, from `offset` on.
std::uint64_t LogFile::first_difference(const LogFile& other, std::uint64_t offset) const
{
    std::string mine(kComparedAtOnce, '\0');
    std::string theirs(kComparedAtOnce, '\0');
    for (;;) {
        const auto length = std::min(read_at(offset, mine.data(), kComparedAtOnce),
                                     other.read_at(offset, theirs.data(), kComparedAtOnce));
        const auto end = mine.begin() + static_cast<std::ptrdiff_t>(length);
        const auto same = std::mismatch(mine.begin(), end, theirs.begin()).first - mine.begin();
        offset += static_cast<std::uint64_t>(same);
        if (static_cast<std::size_t>(same) < kComparedAtOnce) return offset;
    }
}

// Behind the last whole line of the first `size` bytes.
std::uint64_t LogFile::end_of_lines(std::uint64_t size) const
{
    std::string end(std::min<std::uint64_t>(size, kComparedAtOnce), '\0');
    end.resize(read_at(size - end.size(), end.data(), end.size()));
    const auto newline = end.rfind('\n');
    return newline == std::string::npos ? size - end.size() : size - end.size() + newline + 1;
}

// Whether both begin with the same `size` bytes, as far as both ends of these show.
bool LogFile::is_like(const LogFile& other, std::uint64_t size) const
{
    if (packed_ || other.packed_) return false;
    const auto length = std::min<std::uint64_t>(kHeadSize, size);
    const auto same_at = [&](std::uint64_t offset) {
        std::string mine(length, '\0');
        std::string theirs(length, '\0');
        return read_at(offset, mine.data(), length) == length &&
               other.read_at(offset, theirs.data(), length) == length && mine == theirs;
    };
    return same_at(0) && same_at(size - length);
}

std::uint64_t LogFile::links() const
{
    struct ::stat st = {};
    return ::fstat(fd(), &st) == 0 ? st.st_nlink : 0;
}

void LogFile::start_at(std::uint64_t offset)
{
    start_at(offset, offset);
}

bool LogFile::resume_at(const FilePosition& position)
{
    start_at(position.offset,
             std::max<std::uint64_t>(position.offset, position.fingerprint_length));
    FilePosition beginning = position;
    beginning.offset = 0;
    return mailban::begins_like({stat(), is_packed(), head_}, beginning);
}

void LogFile::start_at(std::uint64_t offset, std::uint64_t head_length)
{
    base_ = offset;
    splitter_.reset();
    if (packed_) skip_ = offset;
    set_head(read_head(head_length));
}

void LogFile::restart()
{
    oversized_ += splitter_.oversized();
    start_at(0);
    look_at_head();
}

bool LogFile::look_at_head()
{
    if (fingerprint_.length > 0) return true;
    // The bytes that were begun to be read may not be the same any more.
    if (read_offset() > 0 && !is_intact()) return false;
    set_head(read_head(kHeadSize));
    return fingerprint_.length > 0;
}

void LogFile::set_head(std::string head)
{
    head_ = std::move(head);
    fingerprint_ = fingerprint_of(head_);
}

LogFile::Progress LogFile::read(const LineCallback& on_line)
{
    if (packed_) return read_packed(on_line);
    std::array<char, kAtOnce> buffer;  // NOLINT: not zeroed, for read() fills it
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
    if (!is_intact()) return Progress::truncated;
    if (count == 0) return Progress::end;
    hand_over({buffer.data(), static_cast<std::size_t>(count)}, on_line);
    return Progress::more;
}

void LogFile::hand_over(std::string_view chunk, const LineCallback& on_line)
{
    remember_head(chunk);
    splitter_.feed(chunk);
    while (const auto line = splitter_.next())
        on_line(*line);
}

void LogFile::unpack(std::string name)
{
    packed_.emplace(std::move(file_), std::move(name));
}

// Reads an archive's beginning ahead. An error in it is met again when it is read.
void LogFile::prime()
{
    if (std::exchange(is_primed_, true)) return;
    while (first_.size() < kHeadSize) {
        const auto chunk = packed_->read();
        if (!chunk) problem_ = chunk.error().message;
        if (!chunk || chunk->empty()) break;
        first_ += *chunk;
    }
    packed_head_ = first_.substr(0, kHeadSize);
}

LogFile::Progress LogFile::read_packed(const LineCallback& on_line)
{
    if (is_used_up_) return Progress::end;
    prime();
    const auto first = std::exchange(first_, {});
    std::string_view chunk = first;
    if (chunk.empty() && problem_.empty()) {
        const auto more = packed_->read();
        if (more) chunk = *more;
        if (!more) problem_ = more.error().message;
    }
    if (chunk.empty()) {
        is_used_up_ = true;
        packed_->release();
        if (problem_.empty() && skip_ > 0) problem_ = "it is shorter than what was read of it";
        return problem_.empty() ? Progress::end : Progress::failed;
    }
    const auto skipped = std::min<std::uint64_t>(skip_, chunk.size());
    skip_ -= skipped;
    chunk.remove_prefix(skipped);
    if (!chunk.empty()) hand_over(chunk, on_line);
    return Progress::more;
}

bool LogFile::is_intact() const
{
    if (stat().size < read_offset()) return false;
    std::array<char, kHeadSize> now;  // NOLINT: not zeroed
    const auto count = read_at(0, now.data(), head_.size());
    return std::string_view(now.data(), count) == head_;
}

void LogFile::remember_head(std::string_view chunk)
{
    // After start_at() the head may reach beyond what is read again.
    const auto begin = read_offset();
    if (begin > head_.size() || begin + chunk.size() <= head_.size()) return;
    const auto more = chunk.substr(head_.size() - begin, kHeadSize - head_.size());
    set_head(head_ + std::string(more));
}

FilePosition LogFile::position() const
{
    return {device_, inode_, base_ + splitter_.consumed(), fingerprint_.hash, fingerprint_.length};
}

std::uint64_t LogFile::read_offset() const noexcept
{
    return base_ + splitter_.consumed() + splitter_.pending();
}

}  // namespace mailban::io
