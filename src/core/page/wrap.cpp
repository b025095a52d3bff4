#include "mailban/page/wrap.h"

#include <algorithm>

namespace mailban::page {

namespace {

constexpr char kEscape = '\033';
// Labels and options stand left of this column.
constexpr std::size_t kFarthestGap = 34;

// Behind the escape sequence or the character at `at`; the latter takes a column.
std::size_t next_piece(std::string_view line, std::size_t at, std::size_t& columns)
{
    if (line[at] == kEscape) {
        const auto end = line.find_first_of("mHJK", at);
        return end == std::string_view::npos ? line.size() : end + 1;
    }
    ++columns;
    ++at;
    while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0U) == 0x80U)
        ++at;
    return at;
}

std::size_t columns_of(std::string_view line)
{
    std::size_t columns = 0;
    for (std::size_t at = 0; at < line.size();)
        at = next_piece(line, at, columns);
    return columns;
}

std::size_t indentation_of(std::string_view line, std::size_t width)
{
    const auto begin = std::min(line.find_first_not_of(' '), line.size());
    const auto gap = line.find("  ", begin);
    const auto text = gap == std::string_view::npos ? gap : line.find_first_not_of(' ', gap);
    if (text != std::string_view::npos) {
        const auto column = columns_of(line.substr(0, text));
        if (column <= kFarthestGap && column < width / 2) return column;
    }
    return std::min(begin + 2, width / 2);
}

// Where the first `width` columns of the line can end: at its last blank there that is no part of
// the beginning; else at the first blank behind them.
std::size_t break_of(std::string_view line, std::size_t width)
{
    const auto begin = std::min(line.find_first_not_of(' '), line.size());
    std::size_t last = std::string_view::npos;
    std::size_t columns = 0;
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == ' ' && at > begin) {
            if (columns > width && last != std::string_view::npos) return last;
            last = at;
            if (columns > width) return last;
        }
        at = next_piece(line, at, columns);
    }
    return columns > width && last != std::string_view::npos ? last : line.size();
}

}  // namespace

std::vector<std::string> wrapped(std::string_view line, std::size_t width)
{
    if (width == 0 || columns_of(line) <= width) return {std::string(line)};
    const std::string indentation(indentation_of(line, width), ' ');
    std::vector<std::string> lines;
    std::string rest(line);
    while (columns_of(rest) > width) {
        const auto end = break_of(rest, width);
        if (end == rest.size()) break;
        auto head = rest.substr(0, end);
        head.erase(head.find_last_not_of(' ') + 1);
        lines.push_back(std::move(head));
        const auto next = std::min(rest.find_first_not_of(' ', end), rest.size());
        rest = next == rest.size() ? std::string() : indentation + rest.substr(next);
    }
    if (!rest.empty()) lines.push_back(std::move(rest));
    return lines;
}

}  // namespace mailban::page
