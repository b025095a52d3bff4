// ArgumentVector: a program's name and its arguments; no shell ever sees it. Arguments may have
// placeholders inside them, "{prefix}".
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

using ArgumentVector = std::vector<std::string>;

// The first "{word}" of small letters in `text` at or after `from`: its braces included.
std::optional<std::string_view> next_placeholder(std::string_view text, std::size_t from = 0);

// What becomes of a placeholder; nullopt: it stays as it is.
using PlaceholderValue = std::function<std::optional<std::string>(std::string_view placeholder)>;

// Each argument stays one argument, whatever the values hold; values are not looked at again.
ArgumentVector filled_in(const ArgumentVector& words, const PlaceholderValue& value_of);

}  // namespace mailban
