#include "cli/terminal.h"

#include "io/daemon/zones.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"
#include "mailban/time/log_stamp.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <clocale>
#include <cstdlib>
#include <iostream>
#include <utility>

namespace mailban::cli {

namespace {

bool colours_wanted()
{
    return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

const Zone& machine_zone()
{
    static const Zone zone =
        io::local_zone(std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()));
    return zone;
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
    auto all = rows;
    const bool has_heading = !heading_.empty();
    if (has_heading) all.insert(all.begin(), std::exchange(heading_, {}));
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    const auto lines = columns_.lines(all, is_terminal ? terminal_width(STDOUT_FILENO) : 0);
    for (std::size_t at = 0; at < lines.size(); ++at)
        std::cout << (at == 0 && has_heading ? paint(Colour::bold, lines[at]) : lines[at]) << '\n';
}

void print_table(const std::vector<std::string>& heading,
                 const std::vector<std::vector<std::string>>& rows)
{
    Table(heading).print(rows);
}

bool is_narrow(std::size_t columns)
{
    return ::isatty(STDOUT_FILENO) == 1 && terminal_width(STDOUT_FILENO) < columns;
}

std::string short_span(Duration span)
{
    using std::chrono::seconds;
    if (span <= Duration::zero()) return "0s";
    auto whole = std::chrono::ceil<seconds>(span);
    // The two largest units are enough.
    if (whole >= std::chrono::days(1)) {
        whole = std::chrono::floor<std::chrono::hours>(whole);
    } else if (whole >= std::chrono::hours(1)) {
        whole = std::chrono::floor<std::chrono::minutes>(whole);
    }
    return format_duration(whole);
}

std::size_t terminal_width(int fd)
{
    constexpr std::size_t kLeast = 40;
    winsize size = {};
    if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return std::max<std::size_t>(size.ws_col, kLeast);
    }
    const char* columns = std::getenv("COLUMNS");
    const auto told = columns == nullptr ? 0UL : std::strtoul(columns, nullptr, 10);
    return told >= kLeast && told <= 1000 ? told : 80;
}

page::Blocks blocks_of_locale()
{
    const bool is_utf8 =
        std::setlocale(LC_CTYPE, "") != nullptr && std::string(::nl_langinfo(CODESET)) == "UTF-8";
    return is_utf8 ? page::Blocks::utf8 : page::Blocks::ascii;
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

std::optional<Timestamp> time_of_json(const nlohmann::ordered_json& value)
{
    if (!value.is_string()) return std::nullopt;
    const auto text = value.get<std::string>();
    const auto stamp = read_iso_stamp(text, Zone(), Timestamp());
    if (!stamp || stamp->length != text.size()) return std::nullopt;
    return stamp->time;
}

std::string local_time(const nlohmann::ordered_json& value, const std::string& otherwise)
{
    if (!value.is_string()) return otherwise;
    const auto time = time_of_json(value);
    return time ? local_time(*time) : printable(value.get<std::string>());
}

std::string local_time(Timestamp at)
{
    return local_text(at, machine_zone());
}

}  // namespace mailban::cli
