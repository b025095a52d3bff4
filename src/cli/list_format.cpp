#include "cli/list_format.h"

#include "mailban/utf8.h"

#include <iostream>
#include <utility>

namespace mailban::cli {

using nlohmann::ordered_json;

void add_list_options(CLI::App& command, ListOptions& options)
{
    command.add_option("--format", options.format, "How to print the list: table, json or csv")
        ->type_name("FORMAT")
        ->check(CLI::IsMember({"table", "json", "csv"}))
        ->capture_default_str();
    add_json_option(command, options);
}

std::string csv_record(const std::vector<std::string>& cells)
{
    std::string record;
    bool is_first = true;
    for (const auto& cell : cells) {
        if (!std::exchange(is_first, false)) record += ',';
        const std::string text = printable(cell);
        if (text.find_first_of(",\" ") == std::string::npos) {
            record += text;
            continue;
        }
        record += '"';
        for (const char c : text) {
            if (c == '"') record += '"';
            record += c;
        }
        record += '"';
    }
    return record;
}

void CsvPrinter::print_heading()
{
    if (!std::exchange(has_heading_, true)) std::cout << csv_record(members_) << '\n';
}

void CsvPrinter::print(const ordered_json& object)
{
    print_heading();
    std::vector<std::string> cells;
    for (const auto& member : members_) {
        const auto found = object.find(member);
        const bool is_empty = found == object.end() || found->is_null();
        if (is_empty) {
            cells.emplace_back();
        } else {
            cells.push_back(found->is_string() ? found->get<std::string>() : found->dump());
        }
    }
    std::cout << csv_record(cells) << '\n';
}

}  // namespace mailban::cli
