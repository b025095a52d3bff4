#include "mailban/rotation/find_since.h"

#include <string>

namespace mailban {

namespace {

// How much is read at once, and how far a stamp is looked for.
constexpr std::size_t kBlock = std::size_t{64} * 1024;

struct Found {
    std::uint64_t offset = 0;  // of the line
    std::uint64_t end = 0;     // behind its newline
    Timestamp time{};
};

class Search {
public:
    Search(const ReadAt& read_at, const StampOf& stamp_of) : read_at_(read_at), stamp_of_(stamp_of)
    {
    }

    std::uint64_t first_since(std::uint64_t size, Timestamp since)
    {
        // Lines before `low` are older than `since`. From `high` on none is, or there is no
        // telling.
        std::uint64_t low = 0;
        std::uint64_t high = size;
        while (high - low > kBlock) {
            const auto middle = low + (high - low) / 2;
            const auto line = first_stamped_inside(middle);
            if (line && line->offset < high && line->time < since) {
                low = line->end;
            } else {
                high = middle;
            }
        }
        return scan(low, since);
    }

private:
    // The first complete line with a stamp in the block at `offset`, which may be inside of a line.
    std::optional<Found> first_stamped_inside(std::uint64_t offset)
    {
        load(offset);
        const auto newline = block_.find('\n');
        if (newline == std::string::npos) return std::nullopt;
        return next_stamped(offset, newline + 1);
    }

    // Goes on line by line from the beginning of one. Where a whole block has no stamp it stops.
    std::uint64_t scan(std::uint64_t offset, Timestamp since)
    {
        for (;;) {
            load(offset);
            auto line = next_stamped(offset, 0);
            if (!line) return offset;
            const auto block_offset = offset;
            for (; line; line = next_stamped(block_offset, line->end - block_offset)) {
                if (line->time >= since) return line->offset;
                offset = line->end;
            }
        }
    }

    void load(std::uint64_t offset)
    {
        block_.resize(kBlock);
        block_.resize(read_at_(offset, block_.data(), block_.size()));
    }

    std::optional<Found> next_stamped(std::uint64_t block_offset, std::size_t at) const
    {
        for (auto end = block_.find('\n', at); end != std::string::npos;
             end = block_.find('\n', at)) {
            const auto time = stamp_of_(std::string_view(block_).substr(at, end - at));
            if (time) return Found{block_offset + at, block_offset + end + 1, *time};
            at = end + 1;
        }
        return std::nullopt;
    }

    const ReadAt& read_at_;
    const StampOf& stamp_of_;
    std::string block_{};
};

}  // namespace

std::uint64_t find_since(const ReadAt& read_at, std::uint64_t size, Timestamp since,
                         const StampOf& stamp_of)
{
    return Search(read_at, stamp_of).first_since(size, since);
}

}  // namespace mailban
