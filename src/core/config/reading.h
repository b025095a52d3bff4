// The grammar of a configuration, piece by piece: each function makes a reader that checks one node
// and puts what it says into a variable, or says what is wrong with it and leaves it as it was.
#pragma once

#include "mailban/time/time.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mistakes.h"
#include "yaml.h"

namespace mailban {

// A node and what it is called in messages: "rules[0].limit".
struct Item {
    const yaml::Value& node;
    std::string name{};
};

using Reader = std::function<void(const Item&, Mistakes&)>;

struct Key {
    std::string_view name{};
    Reader read{};
};

// "rules[0].limit is 'five'; expected a whole number". The place is the node's own, or its key's
// where there is no value.
void refuse(const Item& item, std::string_view expected, Mistakes& mistakes);

// A map with these keys and no others, each at most once, in any order. A key may have the name
// that it had before (renamed_keys.h).
void read_map(const Item& item, const std::vector<Key>& keys, Mistakes& mistakes);
// A list with at least one element, each of which `element` reads.
void read_list(const Item& item, std::string_view expected, const Reader& element,
               Mistakes& mistakes);

Reader list_of(std::string expected, Reader element);
Reader whole_number(std::uint64_t lowest, std::uint64_t highest,
                    std::function<void(std::uint64_t)> put);
Reader factor(double lowest, double highest, double& into);
Reader time_span(Duration& into);                             // more than nothing
Reader ban_time(std::optional<Duration>& into);               // or "forever"
Reader byte_size(std::uint64_t lowest, std::uint64_t& into);  // "1GiB"
Reader absolute_path(std::size_t longest, std::string& into);
// 1 to `longest` bytes of printable text without any of `forbidden`.
Reader name_text(std::size_t longest, std::string_view forbidden, std::string& into);
// One of these words; `put` gets its index.
Reader choice(std::vector<std::string_view> words, std::function<void(std::size_t)> put);

template <class Number>
Reader whole_number(std::uint64_t lowest, std::uint64_t highest, Number& into)
{
    return whole_number(lowest, highest,
                        [&into](std::uint64_t value) { into = static_cast<Number>(value); });
}

// Whether the node is text without quotes, as numbers have to be.
bool is_plain_text(const yaml::Value& node) noexcept;

// "one of a, b, c", or with the nearest of them if `word` comes near: "...; did you mean 'b'?".
std::string expected_word(std::string_view word, const std::vector<std::string_view>& words);

}  // namespace mailban
