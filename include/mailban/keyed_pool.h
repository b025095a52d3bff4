// KeyedPool: values found by their keys, at places that stay, four bytes instead of a pointer.
//
// A hash table in little memory (linear hashing, W. Litwin 1980): each value more splits two
// buckets, so that no call does work that grows with their number, and nothing is ever moved. A
// value takes twelve bytes more than it is large, and what aligns it; nothing is given back before
// the end. Where those bytes would be left empty otherwise, they hold a part of the key's hash: it
// tells most other keys of a bucket apart, and spares hashing keys again.
//
// Where another was moved from, it can be assigned to or destroyed, nothing else.
#pragma once

#include "mailban/blocks.h"
#include "mailban/slot.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace mailban {

// `Value` has a member `key`, `Hash` a hash for it. `kBlock`: see Blocks.
template <class Value, class Hash, std::size_t kBlock = 512>
class KeyedPool {
public:
    using Key = decltype(Value::key);

    explicit KeyedPool(Hash hash = {}) : hash_(hash) {}

    Value& operator[](Slot slot) noexcept { return nodes_[slot]; }
    const Value& operator[](Slot slot) const noexcept { return nodes_[slot]; }
    std::size_t size() const noexcept { return size_; }

    // kNoSlot: it is not there.
    Slot find(const Key& key) const
    {
        if (size_ == 0) return kNoSlot;
        const auto hash = part_of_hash(key);
        Slot slot = buckets_[bucket_of(hash)];
        while (slot != kNoSlot && !is_it(nodes_[slot], key, hash))
            slot = nodes_[slot].next;
        return slot;
    }

    // Its key is not there yet. Takes the place that was given back last; else the one behind all.
    Slot add(Value value)
    {
        // Many pools stay empty: each log's parser has some.
        if (buckets_.size() == 0) buckets_.push_back(kNoSlot);
        ++size_;
        for (std::size_t added = 0;
             added < kBucketsAValue && buckets_.size() < kBucketsAValue * size_; ++added)
            add_bucket();
        Slot slot = free_;
        if (slot != kNoSlot) {
            free_ = nodes_[slot].next;
        } else {
            slot = static_cast<Slot>(nodes_.size());
            nodes_.grow();
        }
        Node& node = nodes_[slot];
        static_cast<Value&>(node) = std::move(value);
        const auto hash = part_of_hash(node.key);
        if constexpr (kKeepsHash) node.hash = hash;
        Slot& bucket = buckets_[bucket_of(hash)];
        node.next = bucket;
        bucket = slot;
        return slot;
    }

    // Nothing is left of it.
    void remove(Slot slot)
    {
        Node& node = nodes_[slot];
        Slot* link = &buckets_[bucket_of(hash_of(node))];
        while (*link != slot)
            link = &nodes_[*link].next;
        *link = node.next;
        static_cast<Value&>(node) = Value{};
        node.next = free_;
        free_ = slot;
        --size_;
    }

    // In no order; the visitor adds and removes nothing.
    template <class Visitor>
    void each(Visitor visit) const
    {
        for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket)
            for (Slot slot = buckets_[bucket]; slot != kNoSlot; slot = nodes_[slot].next)
                visit(slot);
    }

    // The same in order of places, which is faster, and with an empty value for each place that was
    // given back.
    template <class Visitor>
    void each_place(Visitor visit)
    {
        for (std::size_t at = 0; at < nodes_.size(); ++at)
            visit(static_cast<Value&>(nodes_[at]));
    }

private:
    // More cost memory, fewer cost time: each other key in a bucket is one more place to look at.
    static constexpr std::size_t kBucketsAValue = 2;

    // No pool has more than 2^32 buckets.
    using PartOfHash = std::uint32_t;
    struct Bare : Value {
        Slot next = kNoSlot;  // in its bucket, or of those that are free
    };
    struct Hashed : Bare {
        PartOfHash hash = 0;
    };
    static constexpr bool kKeepsHash = sizeof(Hashed) == sizeof(Bare);
    using Node = std::conditional_t<kKeepsHash, Hashed, Bare>;

    PartOfHash part_of_hash(const Key& key) const noexcept
    {
        return static_cast<PartOfHash>(hash_(key));
    }
    PartOfHash hash_of(const Node& node) const noexcept
    {
        if constexpr (kKeepsHash) return node.hash;
        return part_of_hash(node.key);
    }
    static bool is_it(const Node& node, const Key& key, PartOfHash hash) noexcept
    {
        if constexpr (kKeepsHash)
            if (node.hash != hash) return false;
        return node.key == key;
    }

    std::size_t bucket_of(std::size_t hash) const noexcept
    {
        const std::size_t all = std::bit_ceil(buckets_.size());
        const std::size_t bucket = hash & (all - 1);
        // Not every bucket of the last doubling is there yet.
        return bucket < buckets_.size() ? bucket : hash & (all / 2 - 1);
    }

    // Takes its values from one other bucket.
    void add_bucket()
    {
        const std::size_t added = buckets_.size();
        buckets_.push_back(kNoSlot);
        Slot* link = &buckets_[added - std::bit_floor(added)];
        while (*link != kNoSlot) {
            const Slot slot = *link;
            Node& node = nodes_[slot];
            if (bucket_of(hash_of(node)) != added) {
                link = &node.next;
                continue;
            }
            *link = node.next;
            node.next = buckets_[added];
            buckets_[added] = slot;
        }
    }

    Blocks<Node, kBlock> nodes_{};
    Blocks<Slot, kBlock> buckets_{};  // the first value of each
    Slot free_ = kNoSlot;
    std::size_t size_ = 0;
    Hash hash_;
};

// For keys that are hashes already.
struct AsItIs {
    std::size_t operator()(std::uint64_t key) const noexcept { return key; }
};

}  // namespace mailban
