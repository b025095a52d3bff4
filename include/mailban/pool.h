// Pool: values at places that stay, four bytes instead of a pointer. Places that are given back are
// used again.
#pragma once

#include "mailban/blocks.h"
#include "mailban/slot.h"

#include <utility>
#include <vector>

namespace mailban {

template <class T>
class Pool {
public:
    T& operator[](Slot slot) noexcept { return values_[slot]; }
    const T& operator[](Slot slot) const noexcept { return values_[slot]; }

    Slot add(T value)
    {
        if (free_.empty()) {
            values_.push_back(std::move(value));
            return static_cast<Slot>(values_.size() - 1);
        }
        const Slot slot = free_.back();
        free_.pop_back();
        values_[slot] = std::move(value);
        return slot;
    }
    // Nothing is left of its value.
    void remove(Slot slot)
    {
        values_[slot] = T{};
        free_.push_back(slot);
    }

private:
    Blocks<T> values_{};
    std::vector<Slot> free_{};
};

}  // namespace mailban
