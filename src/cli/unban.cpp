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
    // The last page tells of all: it is answered when the firewall has done what came before.
    first["pending"] = further.value("pending", false);
    const auto text = further.at("message").get<std::string>();
    const auto why = text.find("; not yet in force");
    first.at("message") = "unbanned " + std::to_string(changed.size()) + " prefixes" +
                          (why == std::string::npos ? "" : text.substr(why));
}

int unban(const UnbanOptions& options)
{
    if (options.all != options.target.empty()) {
        return fail(kWrongUsage, "unban takes either an address or prefix, or --all");
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
    auto* command = app.add_subcommand("unban", "Let an address or prefix in again");
    auto options = std::make_shared<UnbanOptions>();
    command->add_option("target", options->target, "What to let in")->type_name("ADDRESS|PREFIX");
    command->add_flag("--all", options->all, "Everybody");
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return unban(*options); }; });
}

}  // namespace mailban::cli
