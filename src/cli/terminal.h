// Text for people: tables, and colour where a terminal shows it.
#pragma once

#include "mailban/page/text.h"
#include "mailban/time/time.h"
#include "mailban/utf8.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace mailban::cli {

enum class Colour { none, red, green, yellow, bold };

// Coloured only where stdout is a terminal and NO_COLOR is not set.
std::string paint(Colour colour, const std::string& text);

// page::Columns with a heading, to stdout. On a terminal, rows that are too wide continue on
// further lines.
class Table {
public:
    explicit Table(std::vector<std::string> heading) : heading_(std::move(heading)) {}

    // With the heading before the first ones.
    void print(const std::vector<std::vector<std::string>>& rows);

private:
    std::vector<std::string> heading_;  // empty: it is printed
    page::Columns columns_{};
};

// A table that is all there.
void print_table(const std::vector<std::string>& heading,
                 const std::vector<std::vector<std::string>>& rows);

// Whether stdout is a terminal with fewer columns.
bool is_narrow(std::size_t columns);

// A time that is left: "45s", "59m10s", "23h59m", "6d23h".
std::string short_span(Duration span);

// Columns of the terminal that `fd` is, of $COLUMNS where it is none, else 80.
std::size_t terminal_width(int fd);

// What bars are drawn with, by the locale (LC_ALL, LC_CTYPE, LANG).
page::Blocks blocks_of_locale();

// A JSON value as a cell: "-" for null.
std::string cell(const nlohmann::ordered_json& value);

// "1 address", "3 addresses", of a JSON number.
std::string number_of(const nlohmann::ordered_json& value, std::string_view one,
                      std::string_view many);

// A line that says that the bans listed below are not enforced.
void print_dry_run();

// An RFC 3339 time from the daemon as local time for people (local_text), "-" or `otherwise` for
// null.
std::string local_time(const nlohmann::ordered_json& value, const std::string& otherwise = "-");
std::string local_time(Timestamp at);
// The time itself; nullopt for null.
std::optional<Timestamp> time_of_json(const nlohmann::ordered_json& value);

}  // namespace mailban::cli
