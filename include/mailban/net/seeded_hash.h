// SeededHash: the hash of every table, for strangers choose the keys of most. Without the secret
// seed they could pick keys that all fall into one bucket.
//
// What is stored is not hashed by it, because each process has another seed (fingerprint.h).
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/net/prefix.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace mailban {

// A hash of words of eight bytes, one after the other.
class WordsHash {
public:
    // `size`: how many bytes are to come. Texts of different length differ by it, though one word
    // may hold less of one than of another.
    WordsHash(std::uint64_t seed, std::size_t size) noexcept
        : key_(whole(seed)), hash_(mix(key_ ^ size, kFirst))
    {
    }

    void add(std::uint64_t word) noexcept
    {
        hash_ = mix(hash_ ^ word, key_ | 1U) ^ mix(hash_, word ^ kSecond);
    }
    std::uint64_t value() const noexcept { return hash_; }

private:
    friend struct SeededHash;

    static constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15ULL;
    static constexpr std::uint64_t kSecond = 0xd1b54a32d192ed03ULL;

    static std::uint64_t mix(std::uint64_t a, std::uint64_t b) noexcept
    {
        __extension__ using Wide = unsigned __int128;
        const Wide product = static_cast<Wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
    }
    // A seed that is small, as in tests, mixes as well as any other.
    static std::uint64_t whole(std::uint64_t seed) noexcept { return seed ^ 0xa0761d6478bd642fULL; }

    std::uint64_t key_;
    std::uint64_t hash_;
};

template <class Word>
Word word_at(const char* text) noexcept
{
    Word word{};
    std::memcpy(&word, text, sizeof word);
    return word;
}

// Of fewer than eight bytes, all of them. No length is copied that is not known beforehand, which
// would take a call each time.
inline std::uint64_t short_word(std::string_view text) noexcept
{
    constexpr std::size_t kHalf = sizeof(std::uint32_t);
    if (text.size() >= kHalf) {
        const std::uint64_t back = word_at<std::uint32_t>(text.data() + text.size() - kHalf);
        return word_at<std::uint32_t>(text.data()) | back << 32U;
    }
    std::uint64_t word = 0;
    for (const char c : text)
        word = word << 8U | static_cast<unsigned char>(c);
    return word;
}

// The text in words of eight bytes; the last one may hold some bytes of the one before it again.
// Texts of one length that differ have other words.
template <class Visitor>
void each_word(std::string_view text, Visitor visit)
{
    using Word = std::uint64_t;
    if (text.size() < sizeof(Word)) {
        if (!text.empty()) visit(short_word(text));
        return;
    }
    const char* const last = text.data() + text.size() - sizeof(Word);
    for (const char* at = text.data(); at < last; at += sizeof(Word))
        visit(word_at<Word>(at));
    visit(word_at<Word>(last));
}

struct SeededHash {
    // Keys of std::string may be looked up as std::string_view.
    using is_transparent = void;

    std::uint64_t seed = 0;
    // Some dozens of times an event.
    std::size_t operator()(const IpAddress& address) const noexcept
    {
        std::array<std::uint64_t, 2> halves{};
        std::memcpy(halves.data(), address.bytes().data(), sizeof halves);
        const std::uint64_t key = WordsHash::whole(seed);
        const std::uint64_t first = WordsHash::mix(halves[0] ^ key, WordsHash::kFirst);
        return WordsHash::mix(first ^ halves[1], key | 1U) ^
               WordsHash::mix(first, halves[1] ^ WordsHash::kSecond);
    }
    std::size_t operator()(const Prefix& prefix) const noexcept
    {
        return SeededHash{seed ^ prefix.length()}(prefix.base());
    }
    std::size_t operator()(std::uint64_t number) const noexcept;
    std::size_t operator()(std::string_view text) const noexcept;
    std::size_t operator()(const std::string& text) const noexcept
    {
        return (*this)(std::string_view(text));
    }
};

}  // namespace mailban
