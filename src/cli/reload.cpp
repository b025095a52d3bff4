#include "cli/command.h"
#include "cli/terminal.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

void add_reload(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("reload", "Read the configuration again, keep the state");
    auto options = std::make_shared<DaemonOptions>();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] {
        action = [options] {
            return ask(*options, Request{Verb::reload},
                       [](const auto& result) { std::cout << cell(result.at("message")) << '\n'; });
        };
    });
}

}  // namespace mailban::cli
