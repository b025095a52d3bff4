#include "cli/command.h"

#include <iostream>

namespace mailban::cli {

void add_version(CLI::App& app, Action& action)
{
    app.add_subcommand("version", "The version of this program")->callback([&action] {
        action = [] {
            std::cout << "mailban " MAILBAN_VERSION "\n";
            return static_cast<int>(kDone);
        };
    });
}

}  // namespace mailban::cli
