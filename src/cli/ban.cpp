#include "cli/command.h"
#include "cli/terminal.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

struct BanOptions : DaemonOptions, TermOptions {
    BanOptions() { length = "1h"; }

    std::string target{};
};

int ban(const BanOptions& options)
{
    Request request{Verb::ban};
    const auto prefix = Prefix::parse(options.target);
    if (!prefix) {
        return fail(kWrongUsage, "'" + printable(options.target) +
                                     "' is neither an address nor a prefix such as 192.0.2.0/24");
    }
    request.prefix = *prefix;
    const auto read = read_term(options, request);
    if (!read) return fail(kWrongUsage, read.error().message);
    return ask(options, request,
               [](const auto& result) { std::cout << cell(result.at("message")) << '\n'; });
}

}  // namespace

void add_ban(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("ban", "Ban an address or prefix");
    auto options = std::make_shared<BanOptions>();
    command->add_option("target", options->target, "The address or prefix")
        ->type_name("ADDRESS|PREFIX")
        ->required();
    add_term_options(*command, *options);
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return ban(*options); }; });
}

}  // namespace mailban::cli
