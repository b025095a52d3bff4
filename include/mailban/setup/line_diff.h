// line_diff: what a change does to a text, line by line, as `diff -u` shows it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct DiffLine {
    enum class Kind : unsigned char { same, removed, added, gap };
    Kind kind = Kind::same;
    std::string text{};  // without its newline; of a gap: "@@ -12,7 +12,9 @@"
    bool operator==(const DiffLine&) const = default;
};

// Each change with three lines around it; nothing where both texts are equal. Texts of which
// thousands of lines differ are shown as removed and added whole.
std::vector<DiffLine> line_diff(std::string_view before, std::string_view after);

// "+  - file: /var/log/exim_mainlog"
std::string to_string(const DiffLine& line);

}  // namespace mailban
