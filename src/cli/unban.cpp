#include "cli/command.h"
#include "cli/terminal.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

struct UnbanOptions : DaemonOptions {
    std::string target{};
    bool all = false;
};

using nlohmann::ordered_json;

void join(ordered_json& first, const ordered_json& further)
{
    auto& changed = first.at("changed");
    append(changed, further.at("changed"));
    first.at("message") = "unbanned " + std::to_string(changed.size()) + " prefixes";
}

int unban(const UnbanOptions& options)
{
    if (options.all != options.target.empty()) {
        return fail(kWrongUsage, "unban needs either an address or prefix, or --all");
    }
    Request request{options.all ? Verb::unban_all : Verb::unban};
    if (!options.all) {
        const auto prefix = Prefix::parse(options.target);
        if (!prefix) {
            return fail(kWrongUsage,
                        "'" + printable(options.target) + "' is neither an address nor a prefix");
        }
        request.prefix = *prefix;
    }
    return ask_all(options, request, join,
                   [](const auto& result) { std::cout << cell(result.at("message")) << '\n'; });
}

}  // namespace

void add_unban(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("unban", "Remove the ban of an address or prefix");
    auto options = std::make_shared<UnbanOptions>();
    command->add_option("target", options->target, "The address or prefix")
        ->type_name("ADDRESS|PREFIX");
    command->add_flag("--all", options->all, "Remove all bans");
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return unban(*options); }; });
}

}  // namespace mailban::cli
