#include "cli/command.h"
#include "cli/targets.h"

#include <memory>

namespace mailban::cli {

namespace {

struct BanOptions : DaemonOptions, TermOptions, TargetOptions {
    BanOptions() { length = "1h"; }
};

int ban(const BanOptions& options)
{
    Request request{Verb::ban};
    const auto read = read_term(options, request);
    if (!read) return fail(kWrongUsage, read.error().message);
    if (options.TargetOptions::empty())
        return fail(kWrongUsage, "ban needs addresses or prefixes, or -f FILE");
    const auto targets = read_targets(options);
    if (!targets) return fail(kWrongUsage, targets.error().message);
    const auto only_page = [](auto&, const auto&) {};
    return ask_for_each(options, options, *targets, request, only_page,
                        [](const auto& result) { return !result.at("changed").empty(); });
}

}  // namespace

void add_ban(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("ban", "Ban addresses or prefixes");
    auto options = std::make_shared<BanOptions>();
    add_target_options(*command, *options,
                       "The addresses or prefixes; an address means its client (IPv6: the prefix "
                       "of prefix.ipv6)");
    add_term_options(*command, *options);
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->footer(
        "mailban ban 192.0.2.7 --for 1d --reason \"spam run\"\n"
        "mailban ban -f addresses.txt");
    command->callback([options, &action] { action = [options] { return ban(*options); }; });
}

}  // namespace mailban::cli
