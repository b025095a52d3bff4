// Latencies: how long answers took, in the buckets of a histogram.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mailban {

class Latencies {
public:
    // Upper bounds of the buckets, as Prometheus wants them; what takes longer is in none.
    static constexpr std::array kBounds{
        std::chrono::microseconds(5),     std::chrono::microseconds(10),
        std::chrono::microseconds(25),    std::chrono::microseconds(50),
        std::chrono::microseconds(100),   std::chrono::microseconds(250),
        std::chrono::microseconds(1000),  std::chrono::microseconds(5000),
        std::chrono::microseconds(50'000)};

    void note(std::chrono::nanoseconds took) noexcept
    {
        ++count_;
        sum_ += took;
        std::size_t bucket = 0;
        while (bucket < kBounds.size() && took > kBounds[bucket])
            ++bucket;
        if (bucket < kBounds.size()) ++buckets_[bucket];
    }

    std::uint64_t count() const noexcept { return count_; }
    std::chrono::nanoseconds sum() const noexcept { return sum_; }
    // How many took at most kBounds[bucket].
    std::uint64_t at_most(std::size_t bucket) const noexcept
    {
        std::uint64_t all = 0;
        for (std::size_t each = 0; each <= bucket; ++each)
            all += buckets_[each];
        return all;
    }

private:
    std::array<std::uint64_t, kBounds.size()> buckets_{};
    std::uint64_t count_ = 0;
    std::chrono::nanoseconds sum_{};
};

}  // namespace mailban
