#include "cli/command.h"
#include "cli/terminal.h"
#include "mailban/ascii_json.h"

#include <iostream>
#include <memory>
#include <utility>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

// Mostly a ban closes the ports of the configuration.
std::string reason_of(const ordered_json& ban)
{
    std::string reason = cell(ban.at("reason"));
    if (!ban.at("ports").is_null()) reason += "; ports " + cell(ban.at("ports"));
    return reason;
}

std::vector<std::vector<std::string>> rows_of(const ordered_json& bans)
{
    std::vector<std::vector<std::string>> rows;
    for (const auto& ban : bans) {
        const bool manual = ban.at("origin") == "manual";
        rows.push_back({cell(ban.at("address")), local_time(ban.at("since")),
                        local_time(ban.at("until"), "forever"),
                        manual ? "(manual)" : cell(ban.at("rule")), cell(ban.at("count")),
                        reason_of(ban)});
    }
    return rows;
}

void print_json(const ordered_json& bans, bool is_first_page)
{
    bool is_first = is_first_page;
    for (const auto& ban : bans)
        std::cout << (std::exchange(is_first, false) ? '[' : ',') << ascii_json(ban);
}

// Each page is printed as it comes, and forgotten.
int print_bans(const DaemonOptions& options)
{
    Table table({"ADDRESS", "SINCE", "UNTIL", "RULE", "COUNT", "REASON"});
    bool is_empty = true;
    const int code = ask_each(options, Request{Verb::bans}, [&](const ordered_json& bans) {
        if (bans.empty()) return;
        if (options.json) {
            print_json(bans, is_empty);
        } else {
            if (is_empty && bans.front().value("dry_run", false)) print_dry_run();
            table.print(rows_of(bans));
        }
        is_empty = false;
    });
    if (code != kDone) return code;
    if (options.json) {
        std::cout << (is_empty ? "[]\n" : "]\n");
    } else if (is_empty) {
        std::cout << "Nobody is banned.\n";
    }
    return kDone;
}

}  // namespace

void add_bans(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("bans", "List the active bans");
    auto options = std::make_shared<DaemonOptions>();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return print_bans(*options); }; });
}

}  // namespace mailban::cli
