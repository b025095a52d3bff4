// LogFile: one file of a log, open for reading, and how far it has been read. It knows nothing of
// names: it is the same file whatever it is renamed to. Every call may block for one disk access.
//
// It may be an archive: a rotated log that was compressed. Then every offset and the beginning are
// those of its content.
#pragma once

#include "io/source/byte_stream.h"
#include "io/source/descriptor.h"
#include "io/source/line_callback.h"
#include "mailban/envelope/line_splitter.h"
#include "mailban/rotation/fingerprint.h"
#include "mailban/rotation/position.h"

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
    // As many bytes as one read() takes at most: some 130 lines, after which others have their
    // turn.
    static constexpr std::size_t kAtOnce = std::size_t{8} * 1024;

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

    // This is an archive; to be called before everything else. `name` is for messages.
    void unpack(std::string name);
    bool is_packed() const noexcept { return packed_.has_value(); }
    // An archive that was read to its end, or up to where it is damaged.
    bool is_used_up() const noexcept { return is_used_up_; }

    // What it shows now. Reads its beginning.
    FileFacts facts();
    bool begins_like(const FilePosition& position)
    {
        return mailban::begins_like(facts(), position);
    }
    // Whether `original` begins with all of this file: this is a copy of it, perhaps unfinished.
    bool is_copy_of(const LogFile& original) const;
    // Whether this is an archive that was made of that file, perhaps while that was written.
    bool is_archive_of(LogFile& original);
    // With how many bytes of whole lines both files begin. Of the bytes that were read of `other`,
    // and where one begins with all of the other, only both ends are compared.
    std::uint64_t common_lines(const LogFile& other) const;
    // How many names it has.
    std::uint64_t links() const;

    // Goes on at `offset`, which has to be the beginning of a line. Before the first read.
    void start_at(std::uint64_t offset);
    // Goes on at `position`, and remembers as much of the beginning as that does, even where that
    // is more than what was read. False: the file does not begin like that (any more).
    bool resume_at(const FilePosition& position);
    // Goes on at 0; to be called after `truncated`. The beginning that is there now is remembered;
    // if it is replaced before it is read, that is `truncated` again.
    void restart();
    // Remembers the beginning if none was known and there is a whole line now. Whether one is
    // known.
    bool look_at_head();

    // Whether the bytes that were read are still there, as far as size and beginning show.
    bool is_intact() const;

    // Reads one chunk and hands its complete lines over. A partial line is kept, and its bytes are
    // behind position().offset until its newline has come.
    Progress read(const LineCallback& on_line);
    // Bytes straight from the file, at most `buffer`'s size; fewer only at the file's end or on an
    // error. Does not move the position.
    std::size_t read_at(std::uint64_t offset, char* buffer, std::size_t size) const;

    // The file's state now; all zero if it cannot be had.
    FileStat stat() const;
    FilePosition position() const;
    // Behind the last byte that was read, partial line included.
    std::uint64_t read_offset() const noexcept;
    std::uint64_t oversized() const noexcept { return oversized_ + splitter_.oversized(); }
    const std::string& problem() const noexcept { return problem_; }
    int fd() const noexcept { return packed_ ? packed_->fd() : file_.get(); }
    bool is(const FileStat& other) const noexcept
    {
        return device_ == other.device && inode_ == other.inode;
    }

private:
    LogFile(Descriptor file, const FileStat& stat);
    void remember_head(std::string_view chunk);
    void set_head(std::string head);
    void start_at(std::uint64_t offset, std::uint64_t head_length);
    std::string read_head(std::uint64_t size);
    bool is_like(const LogFile& other, std::uint64_t size) const;
    std::uint64_t first_difference(const LogFile& other, std::uint64_t offset) const;
    std::uint64_t end_of_lines(std::uint64_t size) const;
    Progress read_packed(const LineCallback& on_line);
    void prime();
    void hand_over(std::string_view chunk, const LineCallback& on_line);

    Descriptor file_;
    std::uint64_t device_;
    std::uint64_t inode_;
    std::uint64_t base_ = 0;  // where splitter_ began
    LineSplitter splitter_{};
    std::string head_{};  // the file's first bytes, as read
    Fingerprint fingerprint_{};
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
