// LogReader: one whole log from its beginning to its end: plain, gzip or zstd, a file or the
// standard input. For what is read once; what is still being written is FileTail's.
//
//     auto reader = LogReader::open(path);
//     for (;;) {
//         const auto more = reader->read_some(on_line);
//         if (!more) return more.error();   // names the file, the cause, and the lines before it
//         if (!*more) break;
//     }
#pragma once

#include "io/source/byte_stream.h"
#include "io/source/line_callback.h"
#include "mailban/envelope/line_splitter.h"
#include "mailban/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mailban::io {

class LogReader {
public:
    // "-" is the standard input.
    static Result<LogReader> open(const std::string& path);

    // Reads about a hundred kilobytes on and hands their lines over, each without its newline, at
    // the end also one that lacks it. False at the end. An archive that is damaged or cut short is
    // an error, after the complete lines before the damage were handed over.
    Result<bool> read_some(const LineCallback& on_line);
    // All that is left.
    Status read_all(const LineCallback& on_line);

    // For a progress bar: bytes of the file, packed as it is, and their sum where it is known.
    std::uint64_t bytes_read() const noexcept { return bytes_.bytes_read(); }
    std::optional<std::uint64_t> size() const noexcept { return bytes_.size(); }
    std::uint64_t lines() const noexcept { return lines_; }  // handed over
    // Skipped, for they are longer than LineSplitter takes.
    std::uint64_t oversized() const noexcept { return splitter_.oversized(); }

private:
    explicit LogReader(ByteStream bytes) : bytes_(std::move(bytes)) {}

    ByteStream bytes_;
    LineSplitter splitter_{};
    std::uint64_t lines_ = 0;
};

}  // namespace mailban::io
