// LineQueue: lines for a reader that may be slow. Memory is bounded: lines beyond it are lost, and
// the reader learns how many, at the place where they are missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailban {

class LineQueue {
public:
    explicit LineQueue(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    // `line` is without its newline.
    void add(std::string_view line);
    bool empty() const noexcept { return waiting_.empty() && lost_ == 0; }
    // Everything that waits, each line with its newline; behind it, how many were lost.
    std::string take();

private:
    std::size_t most_bytes_;
    std::string waiting_{};
    std::uint64_t lost_ = 0;
};

}  // namespace mailban
