#include "mailban/setup/line_diff.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace mailban {

namespace {

using DiffLines = std::vector<std::string_view>;

constexpr std::size_t kAround = 3;
constexpr std::size_t kMostCells = 4'000'000;

DiffLines lines_of(std::string_view text)
{
    DiffLines lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// How long the longest common row of lines is, from each pair of lines on.
class Common {
public:
    Common(const DiffLines& before, const DiffLines& after)
        : width_(after.size() + 1), lengths_((before.size() + 1) * width_)
    {
        for (auto a = before.size(); a-- > 0;)
            for (auto b = after.size(); b-- > 0;)
                lengths_[a * width_ + b] = before[a] == after[b]
                                               ? at(a + 1, b + 1) + 1
                                               : std::max(at(a + 1, b), at(a, b + 1));
    }

    std::uint32_t at(std::size_t a, std::size_t b) const { return lengths_[a * width_ + b]; }

private:
    std::size_t width_;
    std::vector<std::uint32_t> lengths_;
};

void add_whole(const DiffLines& lines, DiffLine::Kind kind, std::vector<DiffLine>& into)
{
    for (const auto line : lines)
        into.push_back({kind, std::string(line)});
}

void add_changed(const DiffLines& before, const DiffLines& after, std::vector<DiffLine>& into)
{
    using LineKind = DiffLine::Kind;
    if (before.size() * after.size() > kMostCells) {
        add_whole(before, LineKind::removed, into);
        return add_whole(after, LineKind::added, into);
    }
    const Common common(before, after);
    std::size_t a = 0;
    std::size_t b = 0;
    while (a < before.size() || b < after.size()) {
        const bool is_same = a < before.size() && b < after.size() && before[a] == after[b];
        const bool is_removed =
            b == after.size() || (a < before.size() && common.at(a + 1, b) >= common.at(a, b + 1));
        if (is_same) {
            into.push_back({LineKind::same, std::string(before[a])});
            ++a, ++b;
        } else if (is_removed) {
            into.push_back({LineKind::removed, std::string(before[a++])});
        } else {
            into.push_back({LineKind::added, std::string(after[b++])});
        }
    }
}

// All lines of both texts, in order.
std::vector<DiffLine> all_lines(const DiffLines& before, const DiffLines& after)
{
    const auto shorter = std::min(before.size(), after.size());
    std::size_t front = 0;
    while (front < shorter && before[front] == after[front])
        ++front;
    std::size_t back = 0;
    while (back < shorter - front &&
           before[before.size() - 1 - back] == after[after.size() - 1 - back])
        ++back;
    const auto part = [&](const DiffLines& lines) {
        return DiffLines(lines.begin() + static_cast<std::ptrdiff_t>(front),
                         lines.end() - static_cast<std::ptrdiff_t>(back));
    };
    std::vector<DiffLine> all;
    add_whole({before.begin(), before.begin() + static_cast<std::ptrdiff_t>(front)},
              DiffLine::Kind::same, all);
    add_changed(part(before), part(after), all);
    add_whole({before.end() - static_cast<std::ptrdiff_t>(back), before.end()},
              DiffLine::Kind::same, all);
    return all;
}

// "12,7": from line 12 on, 7 lines. Of no lines, the one before is named.
std::string range_text(std::size_t first, std::size_t count)
{
    return std::to_string(count == 0 ? first : first + 1) + ',' + std::to_string(count);
}

// Whether a line is shown: a change, or one near it.
std::vector<bool> shown(const std::vector<DiffLine>& all)
{
    std::vector<bool> is_shown(all.size(), false);
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (all[at].kind == DiffLine::Kind::same) continue;
        const auto first = at - std::min(at, kAround);
        const auto last = std::min(at + kAround, all.size() - 1);
        for (auto near = first; near <= last; ++near)
            is_shown[near] = true;
    }
    return is_shown;
}

}  // namespace

std::vector<DiffLine> line_diff(std::string_view before, std::string_view after)
{
    using LineKind = DiffLine::Kind;
    const auto all = all_lines(lines_of(before), lines_of(after));
    const auto is_shown = shown(all);
    std::vector<DiffLine> result;
    std::size_t a = 0;
    std::size_t b = 0;
    std::size_t gap = 0;  // the heading of the hunk, which gets its counts at the hunk's end
    std::size_t a_first = 0;
    std::size_t b_first = 0;
    for (std::size_t at = 0; at < all.size(); ++at) {
        if (is_shown[at] && (at == 0 || !is_shown[at - 1])) {
            gap = result.size();
            a_first = a, b_first = b;
            result.push_back({LineKind::gap, {}});
        }
        if (all[at].kind != LineKind::added) ++a;
        if (all[at].kind != LineKind::removed) ++b;
        if (!is_shown[at]) continue;
        result.push_back(all[at]);
        result[gap].text = "@@ -" + range_text(a_first, a - a_first) + " +" +
                           range_text(b_first, b - b_first) + " @@";
    }
    return result;
}

std::string to_string(const DiffLine& line)
{
    switch (line.kind) {
    case DiffLine::Kind::same: return ' ' + line.text;
    case DiffLine::Kind::removed: return '-' + line.text;
    case DiffLine::Kind::added: return '+' + line.text;
    case DiffLine::Kind::gap: break;
    }
    return line.text;
}

}  // namespace mailban
