// LogFile: one file of a log, open for reading, and how far it has been read. Knows nothing of
// names: it is the same file whatever it is renamed to.
//
// It may be an archive, of a log that was compressed: then every offset and the beginning are those
// of its content.
#pragma once

#include "io/source/byte_stream.h"
#include "io/source/descriptor.h"
#include "io/source/line_callback.h"
#include "io/source/log_position.h"
#include "mailban/envelope/line_splitter.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban::io {

// Why a file could not be opened.
enum class Refusal : std::uint8_t {
    none,
    absent,     // nothing has that name
    exhausted,  // too many files are open, or there is no memory; this passes
    refused,    // not permitted, or no file that could be a log
};

class LogFile {
public:
    // As many bytes as one read() takes at most.
    static constexpr std::size_t kChunk = std::size_t{128} * 1024;
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
    struct Opened;
    static Opened open(const std::string& path);

    // Before everything else: this is an archive. `name` is for messages.
    void unpack(std::string name);
    bool is_packed() const noexcept { return packed_.has_value(); }
    // An archive that holds nothing more for us, be it that it is damaged.
    bool is_used_up() const noexcept { return is_used_up_; }

    // Whether this file, whatever its inode, begins as the one of `position` did and reaches its
    // offset (which an archive does not tell): it is that file, or a copy of it.
    bool begins_like(const FilePosition& position);
    // Whether all of this file is what `original` begins with: a copy of it, as far as it has come.
    bool is_copy_of(const LogFile& original) const;
    // Whether this is an archive that was made of that file, be it while it was written.
    bool is_archive_of(LogFile& original);
    // Whether what was read of `other` stands here, too, as far as its beginning and the bytes
    // before its position show.
    bool continues(const LogFile& other) const;
    // How many names it has.
    std::uint64_t links() const;

    // Goes on at `offset`, which has to be the beginning of a line. Before the first read.
    void start_at(std::uint64_t offset);
    // Goes on where the file of `position` was left, and remembers its beginning as that did, also
    // where that reaches beyond what was read. False: it does not begin like that (any more).
    bool resume_at(const FilePosition& position);
    // Begins anew at 0: after `truncated`. The beginning that is there now is remembered; should it
    // be replaced before it is read, that is `truncated` again.
    void restart();
    // Remembers the beginning, if there is a line by now and none was known. Whether one is known.
    bool look_at_head();

    // Whether what was read, as far as its beginning shows, is still there.
    bool is_intact() const;

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
    int fd() const noexcept { return packed_ ? packed_->fd() : file_.get(); }
    bool is(const LogStat& other) const noexcept
    {
        return device_ == other.device && inode_ == other.inode;
    }

private:
    LogFile(Descriptor file, const LogStat& stat);
    void remember_head(std::string_view chunk);
    void set_head(std::string head);
    void start_at(std::uint64_t offset, std::uint64_t head_length);
    bool is_like(const LogFile& other, std::uint64_t size) const;
    Progress read_packed(const LineCallback& on_line);
    void prime();
    void hand_over(std::string_view chunk, const LineCallback& on_line);

    Descriptor file_;
    std::uint64_t device_;
    std::uint64_t inode_;
    std::uint64_t base_ = 0;  // where splitter_ began
    LineSplitter splitter_{};
    std::string head_{};  // the file's first bytes, as read
    std::uint64_t fingerprint_ = 0;
    std::uint32_t fingerprint_length_ = 0;
    std::uint64_t oversized_ = 0;  // before the last restart()
    std::string problem_{};
    std::optional<ByteStream> packed_{};
    std::string first_{};        // of an archive's content: read ahead to know its beginning
    std::string packed_head_{};  // the beginning itself
    bool is_primed_ = false;     // they were read
    bool is_used_up_ = false;
    std::uint64_t skip_ = 0;  // of an archive's content: not to be handed over
};

// A file, or why there is none: "cannot open PATH: CAUSE".
struct LogFile::Opened {
    std::optional<LogFile> file{};
    Refusal refusal = Refusal::none;
    std::string problem{};
};

}  // namespace mailban::io
