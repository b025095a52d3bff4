#include "cli/command.h"
#include "cli/terminal.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

void print_bans(const nlohmann::ordered_json& bans)
{
    if (bans.empty()) {
        std::cout << "Nobody is banned.\n";
        return;
    }
    // Mostly none has ports of its own.
    bool have_ports = false;
    for (const auto& ban : bans)
        have_ports = have_ports || !ban.at("ports").is_null();
    std::vector<std::vector<std::string>> rows;
    for (const auto& ban : bans) {
        const bool manual = ban.at("origin") == "manual";
        rows.push_back({cell(ban.at("address")), local_time(ban.at("since")),
                        local_time(ban.at("until"), "for ever"),
                        manual ? "(by hand)" : cell(ban.at("rule")), cell(ban.at("count")),
                        cell(ban.at("reason"))});
        if (have_ports)
            rows.back().push_back(ban.at("ports").is_null() ? "(usual)" : cell(ban.at("ports")));
    }
    std::vector<std::string> heading{"ADDRESS", "SINCE", "UNTIL", "RULE", "COUNT", "REASON"};
    if (have_ports) heading.emplace_back("PORTS");
    print_table(heading, rows);
}

}  // namespace

void add_bans(CLI::App& app, Action& action)
{
    auto* command =
        app.add_subcommand("bans", "The active bans: address, since, until, rule, count");
    auto options = std::make_shared<DaemonOptions>();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] {
        action = [options] { return ask(*options, Request{Verb::bans}, print_bans); };
    });
}

}  // namespace mailban::cli
