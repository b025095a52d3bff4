// Blocks: a sequence that grows at its end and never moves what it holds.
//
// It is a std::deque in blocks of some hundred: an element is found by two reads without a
// division, and the list of blocks stays in the processor's cache. Growing takes a time that does
// not depend on how much there is, but for the list, a pointer a block.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace mailban {

// `kBlock`: elements of a block, a power of two. The first one takes a whole block.
template <class T, std::size_t kBlock = 512>
class Blocks {
public:
    T& operator[](std::size_t at) noexcept { return (*blocks_[at / kBlock])[at % kBlock]; }
    const T& operator[](std::size_t at) const noexcept
    {
        return (*blocks_[at / kBlock])[at % kBlock];
    }
    std::size_t size() const noexcept { return size_; }

    void push_back(T value) { grow() = std::move(value); }
    // One more, which is empty.
    T& grow()
    {
        if (size_ == blocks_.size() * kBlock) blocks_.push_back(std::make_unique<Block>());
        ++size_;
        return (*this)[size_ - 1];
    }

private:
    using Block = std::array<T, kBlock>;

    std::vector<std::unique_ptr<Block>> blocks_{};
    std::size_t size_ = 0;
};

}  // namespace mailban
