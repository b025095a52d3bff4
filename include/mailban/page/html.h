// Pages of HTML that stand for themselves: nothing is fetched, nothing runs. Pure: what a page
// shows is an argument.
//
// Accounts' names are an attacker's. Whatever is text here is escaped here; only what is called
// content or body is HTML already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::page {

// Any text as what it looks like (printable), with entities for HTML's own characters.
std::string escaped(std::string_view text);

// <name>content</name>
std::string tag(std::string_view name, std::string_view content);

std::string document(std::string_view title, std::string_view body);

using Cells = std::vector<std::string>;  // texts

// A table of texts with its title above it; "" where there are no rows.
std::string titled_table(std::string_view title, const Cells& heading,
                         const std::vector<Cells>& rows);
std::string table(const Cells& heading, const std::vector<Cells>& rows);

struct Bar {
    std::string label{};
    std::uint64_t value = 0;
};

// Bars of one colour beside each other, the highest as high as fits. Whatever is not zero shows.
struct BarRow {
    enum class Series : std::uint8_t { first, second };  // the colour
    enum class Labels : std::uint8_t {
        ends,  // the first and the last bar's label below; each bar tells its own to the pointer
        each,  // each bar's value above it, and its label below
    };
    std::string heading{};
    Series series = Series::first;
    Labels labels = Labels::ends;
    std::vector<Bar> bars{};
};

// One drawing, the rows below each other. `description` is for who cannot see it.
std::string bar_chart(std::string_view description, const std::vector<BarRow>& rows);

}  // namespace mailban::page
