#include "mailban/discover/shell_pattern.h"

namespace mailban {

namespace {

// Behind the bracket that closes the set at the front of `pattern`; npos: it has none.
std::size_t end_of_set(std::string_view pattern) noexcept
{
    std::size_t at = 1;
    if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) ++at;
    // The first letter of a set may be the bracket itself.
    const auto close = pattern.find(']', at + 1);
    return close == std::string_view::npos ? close : close + 1;
}

bool is_in_set(std::string_view set, char letter) noexcept
{
    const bool is_negated = set.starts_with('!') || set.starts_with('^');
    if (is_negated) set.remove_prefix(1);
    bool is_in = false;
    for (std::size_t at = 0; at < set.size(); ++at) {
        const bool is_range = at + 2 < set.size() && set[at + 1] == '-';
        is_in |= is_range ? set[at] <= letter && letter <= set[at + 2] : set[at] == letter;
        if (is_range) at += 2;
    }
    return is_in != is_negated;
}

// How many letters of `pattern` stand for the one letter `letter`; 0: they do not.
std::size_t letters_for(std::string_view pattern, char letter) noexcept
{
    if (pattern.empty()) return 0;
    const char first = pattern.front();
    if (first == '?') return letter == '/' ? 0 : 1;
    if (first == '[') {
        const auto end = end_of_set(pattern);
        if (end != std::string_view::npos)
            return letter != '/' && is_in_set(pattern.substr(1, end - 2), letter) ? end : 0;
    }
    return first == letter ? 1 : 0;
}

}  // namespace

bool fits_pattern(std::string_view pattern, std::string_view name) noexcept
{
    std::size_t at = 0;
    std::size_t star = std::string_view::npos;  // the last one, and how far it reaches
    std::size_t reach = 0;
    std::size_t letter = 0;
    while (letter < name.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            star = ++at;
            reach = letter;
        } else if (const auto used = letters_for(pattern.substr(at), name[letter]); used > 0) {
            at += used;
            ++letter;
        } else if (star != std::string_view::npos && name[reach] != '/') {
            at = star;
            letter = ++reach;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern[at] == '*')
        ++at;
    return at == pattern.size();
}

std::string full_unit_name(std::string name)
{
    const bool is_pattern = name.find_first_of("*?[") != std::string::npos;
    if (!is_pattern && name.find('.') == std::string::npos) name += ".service";
    const auto at = name.find("@.");
    if (at != std::string::npos) name.insert(at + 1, "*");
    return name;
}

}  // namespace mailban
