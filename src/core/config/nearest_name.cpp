#include "mailban/characters.h"
#include "mailban/config/load.h"

#include <algorithm>

namespace mailban {

namespace {

constexpr std::size_t kLongestWord = 64;

bool is_beginning(std::string_view word, std::string_view whole)
{
    return word.size() >= 3 && word.size() <= whole.size() &&
           std::equal(word.begin(), word.end(), whole.begin(),
                      [](char left, char right) { return lower_case(left) == lower_case(right); });
}

// Damerau-Levenshtein distance without repeated edits of one place: insertions, deletions,
// substitutions and swapped neighbours count one each; case counts nothing.
std::size_t distance(std::string_view left, std::string_view right)
{
    using Row = std::vector<std::size_t>;
    Row before(right.size() + 1);
    Row last(right.size() + 1);
    Row current(right.size() + 1);
    for (std::size_t column = 0; column <= right.size(); ++column)
        last[column] = column;
    for (std::size_t row = 1; row <= left.size(); ++row) {
        current[0] = row;
        for (std::size_t column = 1; column <= right.size(); ++column) {
            const auto here = lower_case(left[row - 1]);
            const auto there = lower_case(right[column - 1]);
            const std::size_t differs = here == there ? 0 : 1;
            current[column] =
                std::min({last[column] + 1, current[column - 1] + 1, last[column - 1] + differs});
            const bool swapped = row > 1 && column > 1 && here == lower_case(right[column - 2]) &&
                                 there == lower_case(left[row - 2]);
            if (swapped) current[column] = std::min(current[column], before[column - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, current);
    }
    return last[right.size()];
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view word,
                                             const std::vector<std::string_view>& candidates)
{
    if (word.empty() || word.size() > kLongestWord) return std::nullopt;
    std::optional<std::string_view> nearest;
    std::size_t best = 0;
    for (const auto candidate : candidates) {
        // Given as a list, for then it returns values: references to two sizes would dangle.
        const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
        const auto allowed = std::max<std::size_t>(1, longer / 3);
        const bool begun = is_beginning(word, candidate);
        if (longer - shorter > allowed && !begun) continue;
        const auto edits = distance(word, candidate);
        const auto away = begun ? std::min<std::size_t>(edits, 1) : edits;
        // Where every letter would change, nothing is alike.
        if (away > allowed || away >= longer) continue;
        if (nearest && away >= best) continue;
        nearest = candidate;
        best = away;
    }
    return nearest;
}

}  // namespace mailban
