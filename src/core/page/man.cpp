#include "mailban/page/man.h"

#include "mailban/words.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace mailban::page {

namespace {

// A line that would be a request of roff.
bool is_request(std::string_view line)
{
    return line.starts_with('.') || line.starts_with('\'');
}

std::string escaped_character(char c)
{
    switch (c) {
    case '\\': return "\\e";
    case '-': return "\\-";
    case '~': return "\\(ti";
    case '^': return "\\(ha";
    case '`': return "\\(ga";
    case '\'': return "\\(aq";
    default: return {c};
    }
}

std::string capitals(std::string_view text)
{
    std::string upper(text);
    for (char& c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return upper;
}

std::string in_bold(std::string_view text)
{
    return "\\fB" + man_text(text) + "\\fR";
}

// The text between `mark` at `at` and the next one; moves `at` behind it. nullopt: there is none.
std::optional<std::string_view> between(std::string_view text, std::size_t& at,
                                        std::string_view mark)
{
    const auto from = at + mark.size();
    const auto end = text.find(mark, from);
    if (end == std::string_view::npos || end == from) return std::nullopt;
    at = end + mark.size();
    return text.substr(from, end - from);
}

// "[text](target)" at `at`: its text; moves `at` behind it.
std::optional<std::string_view> link_text(std::string_view text, std::size_t& at)
{
    const auto middle = text.find("](", at);
    if (middle == std::string_view::npos) return std::nullopt;
    const auto end = text.find(')', middle);
    const auto shown = text.substr(at + 1, middle - at - 1);
    if (end == std::string_view::npos || shown.find('[') != std::string_view::npos)
        return std::nullopt;
    at = end + 1;
    return shown;
}

std::string inline_text(std::string_view text);

// What begins at `at`, if it ends too: `code`, **strong**, a link.
std::optional<std::string> marked_text(std::string_view text, std::size_t& at)
{
    const std::string_view rest = text.substr(at);
    const bool is_strong = rest.starts_with("**");
    if (is_strong || rest.front() == '`') {
        const auto shown = between(text, at, is_strong ? "**" : "`");
        return shown ? std::optional(in_bold(*shown)) : std::nullopt;
    }
    if (rest.front() != '[') return std::nullopt;
    const auto shown = link_text(text, at);
    return shown ? std::optional(inline_text(*shown)) : std::nullopt;
}

// One line or cell.
std::string inline_text(std::string_view text)
{
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        if (rest.starts_with("<a id=")) {
            at += std::min(rest.find("</a>"), rest.size() - 4) + 4;
        } else if (const auto marked = marked_text(text, at)) {
            result += *marked;
        } else {
            result += escaped_character(text[at++]);
        }
    }
    return is_request(result) ? "\\&" + result : result;
}

// "| a | b |" in its cells; a \| in a cell is a |.
std::vector<std::string> cells_of(std::string_view row)
{
    std::vector<std::string> cells(1);
    row = trimmed(row);
    row.remove_prefix(1);
    if (row.ends_with('|')) row.remove_suffix(1);
    bool is_code = false;
    for (std::size_t at = 0; at < row.size(); ++at) {
        if (row[at] == '`') is_code = !is_code;
        if (row.substr(at).starts_with("\\|")) {
            cells.back() += row[++at];
        } else if (row[at] == '|' && !is_code) {
            cells.emplace_back();
        } else {
            cells.back() += row[at];
        }
    }
    for (auto& cell : cells)
        cell = trimmed(cell);
    return cells;
}

bool is_rule(std::string_view row)
{
    return row.find_first_not_of("|-: ") == std::string_view::npos;
}

// Turns a page of Markdown into roff, line by line.
class MarkdownReader {
public:
    std::string read(std::string_view markdown)
    {
        while (!markdown.empty()) {
            const auto end = std::min(markdown.find('\n'), markdown.size());
            take(markdown.substr(0, end));
            markdown.remove_prefix(std::min(end + 1, markdown.size()));
        }
        finish_block();
        return std::move(text_);
    }

private:
    enum class Block : std::uint8_t { none, paragraph, item, table, example, fence };

    void take(std::string_view line)
    {
        if (block_ == Block::fence) return take_fenced(line);
        const bool may_be_example = block_ == Block::none || block_ == Block::example;
        if (line.starts_with("```")) {
            begin(Block::fence);
            begin_example();
        } else if (trimmed(line).empty()) {
            take_blank();
        } else if (line.starts_with("    ") && may_be_example) {
            take_example(line.substr(4));
        } else if (line.starts_with('#')) {
            take_heading(line);
        } else if (line.starts_with('|')) {
            take_row(line);
        } else {
            take_text(line);
        }
    }

    void take_fenced(std::string_view line)
    {
        if (line.starts_with("```")) return finish_block();
        text_ += example_line(line);
    }

    // Examples may have blank lines in them; one at their end is none of them.
    void take_blank()
    {
        if (block_ == Block::example) {
            ++blanks_;
        } else {
            finish_block();
        }
    }

    void take_example(std::string_view line)
    {
        if (block_ != Block::example) {
            begin(Block::example);
            begin_example();
        }
        for (; blanks_ > 0; --blanks_)
            text_ += '\n';
        text_ += example_line(line);
    }

    void take_heading(std::string_view line)
    {
        finish_block();
        const auto level = std::min(line.find_first_not_of('#'), line.size());
        const auto heading = trimmed(line.substr(level));
        if (level == 2) text_ += man_section(heading);
        if (level > 2) text_ += ".SS " + inline_text(heading) + '\n';
    }

    void take_row(std::string_view line)
    {
        if (block_ != Block::table) {
            begin(Block::table);
            heading_ = cells_of(line);
            return;
        }
        if (is_rule(line)) return;
        const auto cells = cells_of(line);
        text_ += ".TP\n" + inline_text(cells.front()) + '\n';
        std::string rest;
        for (std::size_t at = 1; at < cells.size(); ++at) {
            if (cells[at].empty()) continue;
            const bool is_last = at + 1 == cells.size();
            const bool is_named = at < heading_.size() && !heading_[at].empty() && !is_last;
            if (is_named) rest += inline_text(heading_[at]) + ": ";
            rest += inline_text(cells[at]) + (is_last ? "" : ". ");
        }
        text_ += (rest.empty() ? "\\&" : rest) + '\n';
    }

    void take_text(std::string_view line)
    {
        const auto text = trimmed(line);
        const bool is_item = text.starts_with("- ");
        const auto dot = text.find(". ");
        const bool is_numbered = dot < 3 && text.find_first_not_of("0123456789") == dot;
        if (is_item || is_numbered) {
            begin(Block::item);
            const auto mark = is_item ? std::string("\\(bu") : std::string(text.substr(0, dot + 1));
            text_ += ".IP " + mark + " 4\n";
            text_ += inline_text(text.substr(is_item ? 2 : dot + 2)) + '\n';
            return;
        }
        if (block_ != Block::paragraph && block_ != Block::item) {
            begin(Block::paragraph);
            text_ += ".PP\n";
        }
        text_ += inline_text(text) + '\n';
    }

    static std::string example_line(std::string_view line)
    {
        return (is_request(line) ? "\\&" : "") + man_text(line) + '\n';
    }

    void begin(Block block)
    {
        finish_block();
        block_ = block;
    }
    void begin_example() { text_ += ".PP\n.RS 4\n.nf\n"; }
    void finish_block()
    {
        if (block_ == Block::example || block_ == Block::fence) text_ += ".fi\n.RE\n";
        block_ = Block::none;
        blanks_ = 0;
    }

    std::string text_{};
    Block block_ = Block::none;
    std::size_t blanks_ = 0;
    std::vector<std::string> heading_{};
};

}  // namespace

std::string man_text(std::string_view text)
{
    std::string result;
    for (const char c : text)
        result += escaped_character(c);
    return result;
}

std::string man_head(const ManTitle& title)
{
    const auto section = std::to_string(title.section);
    // Lines end where words do. groff 1.23 adjusts each paragraph as the string AD says, groff 1.22
    // as the last request does.
    return ".TH " + capitals(man_text(title.name)) + ' ' + section + R"( "" "mailban )" +
           man_text(title.version) + "\" \"mailban\"\n.nh\n.ds AD l\n.ad l\n" +
           man_section("Name") + man_text(title.name) + " \\- " + man_text(title.summary) + '\n';
}

std::string man_section(std::string_view heading)
{
    return ".SH " + man_text(capitals(heading)) + '\n';
}

std::string man_item(std::string_view term, std::string_view text)
{
    const auto shown = man_text(text);
    return ".TP\n" + std::string(term) + '\n' + (is_request(shown) ? "\\&" : "") + shown + '\n';
}

std::string man_example(std::string_view lines)
{
    std::string text = ".PP\n.RS 4\n.nf\n";
    while (!lines.empty()) {
        const auto end = std::min(lines.find('\n'), lines.size());
        const auto line = lines.substr(0, end);
        text += (is_request(line) ? "\\&" : "") + man_text(line) + '\n';
        lines.remove_prefix(std::min(end + 1, lines.size()));
    }
    return text + ".fi\n.RE\n";
}

std::string man_of_markdown(std::string_view markdown)
{
    return MarkdownReader().read(markdown);
}

}  // namespace mailban::page
