#include "cli/plot.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <iostream>

namespace mailban::cli {

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

bool is_utf8_locale()
{
    return std::setlocale(LC_CTYPE, "") != nullptr &&
           std::string(::nl_langinfo(CODESET)) == "UTF-8";
}

std::string bar(std::uint64_t value, std::uint64_t most, std::size_t width, Blocks blocks)
{
    static constexpr std::array<const char*, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (value == 0 || most == 0) return {};
    const std::size_t steps = blocks == Blocks::utf8 ? 8 : 1;
    const double share = static_cast<double>(value) / static_cast<double>(most);
    const auto rounded = std::lround(share * static_cast<double>(width * steps));
    const auto length = std::max<std::size_t>(static_cast<std::size_t>(rounded), 1);
    std::string text;
    if (blocks == Blocks::ascii) return text.append(length, '#');
    for (std::size_t i = 0; i < length / steps; ++i)
        text += "█";
    return text + kEighths[length % steps];
}

void print_bars(const std::vector<std::pair<std::string, std::uint64_t>>& values)
{
    std::uint64_t most = 0;
    std::size_t label = 0;
    for (const auto& [name, value] : values) {
        most = std::max(most, value);
        label = std::max(label, name.size());
    }
    const auto blocks = is_utf8_locale() ? Blocks::utf8 : Blocks::ascii;
    const auto taken = label + std::to_string(most).size() + 3;
    const auto columns = terminal_width(STDOUT_FILENO);
    const auto width = columns > taken + 10 ? columns - taken : 10;
    for (const auto& [name, value] : values) {
        std::cout << name << std::string(label - name.size() + 1, ' ')
                  << bar(value, most, width, blocks) << (value == 0 ? "" : " ") << value << '\n';
    }
}

}  // namespace mailban::cli
