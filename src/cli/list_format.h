// How a list is printed: as a table for people, as JSON, or as CSV.
#pragma once

#include "cli/command.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailban::cli {

// Options of a command that prints a list.
struct ListOptions : DaemonOptions {
    std::string format = "table";

    bool is_csv() const noexcept { return format == "csv"; }
    bool is_json() const noexcept { return json || format == "json"; }
};
// --format and --json.
void add_list_options(CLI::App& command, ListOptions& options);

// One record of CSV (RFC 4180), without its line end. Control characters become visible ones, as in
// tables.
std::string csv_record(const std::vector<std::string>& cells);

// Members of JSON objects as rows of CSV: the heading once, then a row for each object. A member
// that is absent or null is empty.
class CsvPrinter {
public:
    explicit CsvPrinter(std::vector<std::string> members) : members_(std::move(members)) {}

    // Prints the heading, unless it is printed already.
    void print_heading();
    void print(const nlohmann::ordered_json& object);

private:
    std::vector<std::string> members_;
    bool has_heading_ = false;
};

}  // namespace mailban::cli
