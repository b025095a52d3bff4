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
    std::vector<std::vector<std::string>> rows;
    for (const auto& ban : bans) {
        const bool manual = ban.at("origin") == "manual";
        rows.push_back({cell(ban.at("address")), local_time(ban.at("since")),
                        local_time(ban.at("until"), "for ever"),
                        manual ? "(by hand)" : cell(ban.at("rule")), cell(ban.at("count")),
                        cell(ban.at("reason"))});
    }
    print_table({"ADDRESS", "SINCE", "UNTIL", "RULE", "COUNT", "REASON"}, rows);
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
