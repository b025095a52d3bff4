// LogFile: one file of a log, open for reading, and how far it has been read. Knows nothing of
// names: it is the same file whatever it is renamed to.
#pragma once

#include "io/source/descriptor.h"
#include "io/source/line_callback.h"
#include "io/source/log_position.h"
#include "mailban/parse/line_splitter.h"
#include "mailban/result.h"

#include <string>
#include <string_view>

namespace mailban::io {

class LogFile {
public:
    // As many bytes as one read() takes at most.
    static constexpr std::size_t kChunk = 128 * 1024;
    // As many bytes of the beginning as are remembered.
    static constexpr std::size_t kHead = 4096;

    enum class Progress : std::uint8_t {
        more,       // lines may have been handed over; read again
        end,        // nothing behind what was read
        truncated,  // what was read is no longer there: see restart()
        failed,     // problem() says why; nothing was handed over
    };

    // Opens `path` at its beginning; symbolic links are followed. Anything but a regular file is
    // refused, and not even opened: a FIFO would block its writer's peer, a device may act.
    static Result<LogFile> open(const std::string& path);

    // Whether this file, whatever its inode, begins as the one of `position` did and reaches its
    // offset: it is that file, or a copy of it.
    bool begins_like(const FilePosition& position) const;

    // Goes on at `offset`, which has to be the beginning of a line. Before the first read.
    void start_at(std::uint64_t offset);
    // Begins anew at 0: after `truncated`.
    void restart();

    // Reads one chunk and hands its complete lines over. A partial line is kept, and its bytes are
    // behind position().offset until its newline has come.
    Progress read(const LineCallback& on_line);
    // Bytes straight from the file, at most `buffer`'s size; fewer only at the file's end or on an
    // error. Does not move the position.
    std::size_t read_at(std::uint64_t offset, char* buffer, std::size_t size) const;

    // The file's state now; all zero if it cannot be had.
    LogStat stat() const;
    FilePosition position() const;
    // Behind the last byte that was read, partial line included.
    std::uint64_t read_offset() const noexcept;
    std::uint64_t oversized() const noexcept { return oversized_ + splitter_.oversized(); }
    const std::string& problem() const noexcept { return problem_; }
    int fd() const noexcept { return file_.get(); }
    bool is(const LogStat& other) const noexcept
    {
        return device_ == other.device && inode_ == other.inode;
    }

private:
    LogFile(Descriptor file, const LogStat& stat);
    bool is_unchanged() const;
    void remember_head(std::string_view chunk);

    Descriptor file_;
    std::uint64_t device_;
    std::uint64_t inode_;
    std::uint64_t base_ = 0;  // where splitter_ began
    LineSplitter splitter_{};
    std::string head_{};  // the file's first bytes, as read
    std::uint64_t head_hash_;
    std::uint64_t oversized_ = 0;  // before the last restart()
    std::string problem_{};
};

}  // namespace mailban::io
