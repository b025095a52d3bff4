#include "mailban/net/seeded_hash.h"

namespace mailban {

std::size_t SeededHash::operator()(std::uint64_t number) const noexcept
{
    const std::uint64_t key = WordsHash::whole(seed);
    const std::uint64_t first = WordsHash::mix(number ^ key, WordsHash::kFirst);
    return WordsHash::mix(first, key | 1U) ^ WordsHash::mix(first, WordsHash::kSecond);
}

std::size_t SeededHash::operator()(std::string_view text) const noexcept
{
    WordsHash hash(seed, text.size());
    each_word(text, [&hash](std::uint64_t word) { hash.add(word); });
    return hash.value();
}

}  // namespace mailban
