#include "cli/command.h"
#include "cli/terminal.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

struct ShowOptions : DaemonOptions {
    std::string target{};
};

void print_standing(const ordered_json& result)
{
    std::cout << cell(result.at("address")) << ": ";
    if (result.at("banned") == true) {
        const auto& ban = result.at("ban");
        std::cout << paint(Colour::red, "banned") << " since " << local_time(ban.at("since"))
                  << " until " << local_time(ban.at("until"), "it is lifted") << " ("
                  << cell(ban.at("prefix")) << ")\n";
        const bool manual = ban.at("origin") == "manual";
        std::cout << "  why:    " << (manual ? "by hand " : "rule " + cell(ban.at("rule")) + ", ")
                  << cell(ban.at("reason")) << ", ban number " << cell(ban.at("level")) << '\n';
        std::cout << "  lift:   mailban unban " << cell(result.at("address")) << '\n';
    } else {
        std::cout << paint(Colour::green, "not banned") << '\n';
    }
    if (!result.at("trusted_as").is_null()) {
        std::cout << "  never banned: " << cell(result.at("trusted_as")) << '\n';
    }
    for (const auto& [rule, count] : result.at("windows").items()) {
        std::cout << "  window: " << printable(rule) << ": " << cell(count) << '\n';
    }
}

void print_show(const ordered_json& result)
{
    print_standing(result);
    std::vector<std::vector<std::string>> rows;
    for (const auto& past : result.at("history")) {
        rows.push_back({local_time(past.at("since")), local_time(past.at("until"), "for ever"),
                        local_time(past.at("ended")), cell(past.at("why")), cell(past.at("rule")),
                        cell(past.at("level"))});
    }
    if (!rows.empty()) {
        std::cout << "\nBans\n";
        print_table({"SINCE", "UNTIL", "ENDED", "WHY", "RULE", "NUMBER"}, rows);
    }
    rows.clear();
    for (const auto& event : result.at("evidence")) {
        rows.push_back({local_time(event.at("time")), cell(event.at("kind")),
                        cell(event.at("account")), cell(event.at("daemon")),
                        cell(event.at("service")), cell(event.at("reply")),
                        cell(event.at("attempts")), cell(event.at("counted"))});
    }
    if (rows.empty()) return;
    std::cout << "\nEvidence, newest first\n";
    print_table({"TIME", "KIND", "ACCOUNT", "SERVER", "SERVICE", "REPLY", "ATTEMPTS", "COUNTED"},
                rows);
}

int show(const ShowOptions& options)
{
    Request request{Verb::show};
    const auto prefix = Prefix::parse(options.target);
    if (!prefix || !prefix->is_host()) {
        return fail(kWrongUsage, "'" + printable(options.target) + "' is not an address");
    }
    request.prefix = *prefix;
    return ask(options, request, print_show);
}

}  // namespace

void add_show(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("show", "Why an address is banned, or how near it is to it");
    auto options = std::make_shared<ShowOptions>();
    command->add_option("address", options->target, "Whom to show")
        ->type_name("ADDRESS")
        ->required();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return show(*options); }; });
}

}  // namespace mailban::cli
