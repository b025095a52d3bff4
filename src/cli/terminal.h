// Text for people: tables, and colour where a terminal shows it.
#pragma once

#include "mailban/utf8.h"

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace mailban::cli {

enum class Colour { none, red, green, yellow, bold };

// Coloured only where stdout is a terminal and NO_COLOR is not set.
std::string paint(Colour colour, const std::string& text);

// Left-aligned columns, as wide as their widest cell, with a heading. Prints to stdout.
void print_table(const std::vector<std::string>& heading,
                 const std::vector<std::vector<std::string>>& rows);

// A JSON value as a cell: "-" for null.
std::string cell(const nlohmann::ordered_json& value);

// An RFC 3339 time from the daemon as local time for people, "-" or `otherwise` for null.
std::string local_time(const nlohmann::ordered_json& value, const std::string& otherwise = "-");

}  // namespace mailban::cli
