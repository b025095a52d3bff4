// Pieces: a container engine cuts a line that is longer than 16 KiB; here it is put together.
//
// What stands at the front of a later piece is whatever the cut fell on, often a client's text. So
// each is joined to what came before it, or left out, and never read alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

class Pieces {
public:
    // A longer line is left out. So is one for which no memory is left.
    static constexpr std::size_t kLongest = std::size_t{64} * 1024;
    static constexpr std::size_t kMostBytes = std::size_t{512} * 1024;
    // Writers of which something is open; the oldest is forgotten.
    static constexpr std::size_t kMost = 256;

    // A piece, with more to come of the same writer.
    void add(std::string_view writer, std::string_view piece);
    // The last piece, or a whole line. nullopt: the line is left out. The view is of `piece`, or
    // of what is kept here until the next call.
    std::optional<std::string_view> finish(std::string_view writer, std::string_view piece);
    bool empty() const noexcept { return open_.empty(); }

private:
    struct Open {
        std::string writer{};
        std::string text{};
        bool is_lost = false;
    };

    std::vector<Open>::iterator find(std::string_view writer);

    std::vector<Open> open_{};
    std::size_t bytes_ = 0;
    std::string joined_{};
};

}  // namespace mailban
