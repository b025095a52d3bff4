// ShortQueue: a queue that takes no memory while it is empty, and the room of one element for one.
//
// Elements also go in and out in the middle, mostly near an end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

namespace mailban {

template <class Value>
class ShortQueue {
public:
    using iterator = typename std::vector<Value>::iterator;

    iterator begin() noexcept { return values_.begin() + static_cast<std::ptrdiff_t>(gone_); }
    iterator end() noexcept { return values_.end(); }
    bool empty() const noexcept { return gone_ == values_.size(); }
    const Value& front() const { return values_[gone_]; }

    void insert(iterator place, Value value) { values_.insert(place, std::move(value)); }
    void pop_front() { erase(begin()); }
    // What follows; shifts the shorter part of the queue.
    iterator erase(iterator place)
    {
        if (place - begin() >= end() - place) return values_.erase(place);
        std::move_backward(begin(), place, std::next(place));
        *begin() = Value{};
        ++gone_;
        const auto after = std::next(place) - begin();  // begin() is one further now
        if (2 * gone_ > values_.size()) {
            values_.erase(values_.begin(), begin());
            gone_ = 0;
            if (values_.empty()) values_.shrink_to_fit();
        }
        return begin() + after;
    }

private:
    std::vector<Value> values_{};
    std::size_t gone_ = 0;  // at the front
};

}  // namespace mailban
