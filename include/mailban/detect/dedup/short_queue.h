// ShortQueue: a queue of small values, of which one takes no memory of its own.
//
// Elements also go in and out in the middle, mostly near an end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <vector>

namespace mailban {

template <class Value>
class ShortQueue {
public:
    using iterator = Value*;

    iterator begin() noexcept { return many_ ? many_->values.data() + many_->gone : &one_; }
    iterator end() noexcept
    {
        return many_ ? many_->values.data() + many_->values.size() : &one_ + (has_one_ ? 1 : 0);
    }
    bool empty() const noexcept { return !many_ && !has_one_; }

    void insert(iterator place, Value value)
    {
        const auto index = place - begin();
        if (empty()) {
            one_ = value;
            has_one_ = true;
            return;
        }
        if (!many_) {
            many_ = std::make_unique<Many>();
            many_->values.push_back(one_);
            has_one_ = false;
        }
        many_->values.insert(many_->begin() + index, value);
    }
    // What follows; shifts the shorter part of the queue.
    iterator erase(iterator place)
    {
        const auto index = place - begin();
        if (many_) {
            many_->erase(index);
            if (many_->begin() == many_->values.end()) many_.reset();
        } else {
            has_one_ = false;
        }
        return begin() + index;
    }

private:
    struct Many {
        std::vector<Value> values{};
        std::size_t gone = 0;  // at the front

        auto begin() noexcept { return values.begin() + static_cast<std::ptrdiff_t>(gone); }
        void erase(std::ptrdiff_t index)
        {
            const auto place = begin() + index;
            if (index >= values.end() - place) {
                values.erase(place);
                return;
            }
            std::move_backward(begin(), place, std::next(place));
            ++gone;
            if (2 * gone <= values.size()) return;
            values.erase(values.begin(), begin());
            gone = 0;
        }
    };

    std::unique_ptr<Many> many_{};
    Value one_{};
    bool has_one_ = false;
};

}  // namespace mailban
