// Pages that stand for themselves: nothing is fetched, nothing runs.
#pragma once

#include <string>
#include <string_view>

namespace mailban::cli {

// Any text as what it looks like, control characters and bytes that are no UTF-8 shown as such.
std::string escaped(std::string_view raw);

// <name>content</name>
std::string tag(const char* name, const std::string& content);

std::string html_page(const std::string& title, const std::string& body);

// Writes a page; an exit code, the error on stderr.
int write_page(const std::string& path, const std::string& page);

}  // namespace mailban::cli
