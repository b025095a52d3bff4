// Manual pages, as the man macros of roff. Pure: text in, text out.
#pragma once

#include <string>
#include <string_view>

namespace mailban::page {

struct ManTitle {
    std::string name{};  // "mailban-bans"
    int section = 1;
    std::string version{};
    std::string summary{};  // one line, after the name
};

// The head of a page, with its section NAME.
std::string man_head(const ManTitle& title);
// Text so that roff shows it as it is, on one line or on many.
std::string man_text(std::string_view text);
// .SH with its heading in capitals.
std::string man_section(std::string_view heading);
// A term, and behind it an indented paragraph. `term` is roff already, `text` is not.
std::string man_item(std::string_view term, std::string_view text);
// Lines as they are, indented.
std::string man_example(std::string_view lines);

// What stands in a page of Markdown as mailban's documents are written: headings, paragraphs,
// lists, tables, indented and fenced examples, `code`, **strong**, links. Of a table each row is an
// item: the first cell is the term. The page's first heading is left out.
std::string man_of_markdown(std::string_view markdown);

}  // namespace mailban::page
