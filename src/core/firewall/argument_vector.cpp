#include "mailban/firewall/argument_vector.h"

#include "mailban/characters.h"

namespace mailban {

namespace {

std::string filled_text(std::string_view text, const PlaceholderValue& value_of)
{
    std::string result;
    std::size_t from = 0;
    while (const auto found = next_placeholder(text, from)) {
        const auto at = static_cast<std::size_t>(found->data() - text.data());
        result += text.substr(from, at - from);
        result += value_of(*found).value_or(std::string(*found));
        from = at + found->size();
    }
    return result.append(text.substr(from));
}

}  // namespace

std::optional<std::string_view> next_placeholder(std::string_view text, std::size_t from)
{
    for (auto open = text.find('{', from); open != std::string_view::npos;
         open = text.find('{', open + 1)) {
        auto close = open + 1;
        while (close < text.size() && kLowerCase.has(text[close]))
            ++close;
        if (close > open + 1 && close < text.size() && text[close] == '}')
            return text.substr(open, close + 1 - open);
    }
    return std::nullopt;
}

ArgumentVector filled_in(const ArgumentVector& words, const PlaceholderValue& value_of)
{
    ArgumentVector result;
    result.reserve(words.size());
    for (const auto& word : words)
        result.push_back(filled_text(word, value_of));
    return result;
}

}  // namespace mailban
