// LineSplitter: bytes in, at whatever boundaries they were read; lines out.
//
//     splitter.feed(chunk);
//     while (const auto line = splitter.next()) { ... }   // consumed() is right behind *line
//
// A line ends at LF and nowhere else: a raw CR, NUL or form feed is part of the line, since clients
// can write those into a log. Lines come without their LF. One that is longer than kMaxLineLength
// is skipped up to its LF and counted; memory stays bounded by that length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

class LineSplitter {
public:
    static constexpr std::size_t kMaxLineLength = std::size_t{64} * 1024;  // the LF not counted

    // Hands over the next bytes of the input. They are not copied: the chunk has to live until
    // next() has returned nullopt, and only then may the next one be fed.
    void feed(std::string_view chunk) noexcept;

    // The next complete line, or nullopt when the chunk is used up; what follows its last LF is
    // then kept inside. A line that lies whole in the chunk is a view into the chunk, another one
    // a view into the splitter; both are good until the next call of any member that is not const.
    std::optional<std::string_view> next();

    // At the end of an input that will not grow: the last line, which lacks its LF, if there is
    // one.
    std::optional<std::string_view> take_rest() noexcept;

    // Forgets a kept partial line and everything counted: for a file that is begun anew.
    void reset() noexcept;

    // Bytes of input up to and including the LF of the last line that was handed out or skipped.
    // Whoever feeds the input again from this offset gets exactly the lines that are still missing.
    std::uint64_t consumed() const noexcept { return consumed_; }
    // Bytes behind consumed() that wait for their LF, including those of a line being skipped.
    std::uint64_t pending() const noexcept { return pending_; }
    // Lines skipped for their length.
    std::uint64_t oversized() const noexcept { return oversized_; }

private:
    void keep(std::string_view bytes);
    std::optional<std::string_view> finish_line(std::string_view end);

    std::string_view chunk_{};  // what next() has not looked at
    std::string partial_{};     // the bytes of pending_, or stale if pending_ is 0 or too large
    std::uint64_t pending_ = 0;
    std::uint64_t consumed_ = 0;
    std::uint64_t oversized_ = 0;
};

}  // namespace mailban
