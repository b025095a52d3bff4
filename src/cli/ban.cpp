#include "cli/command.h"
#include "cli/terminal.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

struct BanOptions : DaemonOptions {
    std::string target{};
    std::string length = "1h";
    std::string reason{};
};

int ban(const BanOptions& options)
{
    Request request{Verb::ban};
    const auto prefix = Prefix::parse(options.target);
    if (!prefix) {
        return fail(kWrongUsage, "'" + printable(options.target) +
                                     "' is neither an address nor a prefix such as 192.0.2.0/24");
    }
    const auto length = parse_ban_length(options.length);
    if (!length) return fail(kWrongUsage, "--for: " + length.error().message);
    if (options.reason.size() > kMaxReasonLength) {
        return fail(kWrongUsage,
                    "--reason: at most " + std::to_string(kMaxReasonLength) + " bytes");
    }
    request.prefix = *prefix;
    request.length = *length;
    request.reason = options.reason;
    return ask(options, request,
               [](const auto& result) { std::cout << cell(result.at("message")) << '\n'; });
}

}  // namespace

void add_ban(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("ban", "Shut an address or prefix out by hand");
    auto options = std::make_shared<BanOptions>();
    command->add_option("target", options->target, "What to ban")
        ->type_name("ADDRESS|PREFIX")
        ->required();
    command->add_option("--for", options->length, "How long: 10m, 1h30m, 7d, forever")
        ->type_name("DURATION")
        ->capture_default_str();
    command->add_option("--reason", options->reason, "Why, for whoever asks later")
        ->type_name("TEXT");
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return ban(*options); }; });
}

}  // namespace mailban::cli
