#include "cli/terminal.h"

#include "io/daemon/zones.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"
#include "mailban/time/log_stamp.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>

namespace mailban::cli {

namespace {

bool colours_wanted()
{
    return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

std::size_t width_of(const std::string& text)
{
    // UTF-8: continuation bytes take no column.
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

const Zone& machine_zone()
{
    static const Zone zone =
        io::local_zone(std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()));
    return zone;
}

void print_row(const std::vector<std::string>& row, const std::vector<std::size_t>& widths,
               Colour colour)
{
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
        line += row[i];
        if (i + 1 < row.size()) line.append(widths[i] - width_of(row[i]) + 2, ' ');
    }
    std::cout << paint(colour, line) << '\n';
}

}  // namespace

std::string paint(Colour colour, const std::string& text)
{
    static const bool wanted = colours_wanted();
    static constexpr std::array<const char*, 5> kCodes{"", "\033[31m", "\033[32m", "\033[33m",
                                                       "\033[1m"};
    if (!wanted || colour == Colour::none) return text;
    return kCodes[static_cast<std::size_t>(colour)] + text + "\033[0m";
}

void Table::print(const std::vector<std::vector<std::string>>& rows)
{
    const bool is_first = widths_.empty();
    for (const auto& title : heading_)
        if (is_first) widths_.push_back(width_of(title));
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths_[i] = std::max(widths_[i], width_of(row[i]));
        }
    }
    if (is_first) print_row(heading_, widths_, Colour::bold);
    for (const auto& row : rows)
        print_row(row, widths_, Colour::none);
}

void print_table(const std::vector<std::string>& heading,
                 const std::vector<std::vector<std::string>>& rows)
{
    Table(heading).print(rows);
}

std::string cell(const nlohmann::ordered_json& value)
{
    if (value.is_null()) return "-";
    return printable(value.is_string() ? value.get<std::string>() : value.dump());
}

std::string number_of(const nlohmann::ordered_json& value, std::string_view one,
                      std::string_view many)
{
    return plural(value.get<std::uint64_t>(), one, many);
}

void print_dry_run()
{
    std::cout << paint(Colour::yellow, "DRY RUN: bans are not enforced") << '\n';
}

std::string local_time(const nlohmann::ordered_json& value, const std::string& otherwise)
{
    if (!value.is_string()) return otherwise;
    const auto text = value.get<std::string>();
    const auto stamp = read_iso_stamp(text, Zone(), Timestamp());
    return stamp && stamp->length == text.size() ? local_time(stamp->time) : printable(text);
}

std::string local_time(Timestamp at)
{
    return local_text(at, machine_zone());
}

}  // namespace mailban::cli
