#include "cli/command.h"
#include "cli/targets.h"

#include <memory>

namespace mailban::cli {

namespace {

struct BanOptions : DaemonOptions, TermOptions, TargetOptions {
    BanOptions() { length = "1h"; }
    std::string where{"both"};
};

int ban(const BanOptions& options)
{
    Request request{Verb::ban};
    const auto read = read_term(options, request);
    if (!read) return fail(kWrongUsage, read.error().message);
    // One of them: the option takes no other.
    request.where = kBanPlaceNames.named(options.where).value_or(BanPlace::both);
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
    command
        ->add_option("--where", options->where,
                     "Where the ban holds: in the firewall, at the door (where mail servers ask), "
                     "or in both")
        ->type_name("PLACE")
        ->check(CLI::IsMember({"firewall", "door", "both"}))
        ->capture_default_str();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->footer(
        "mailban ban 192.0.2.7 --for 1d --reason \"spam run\"\n"
        "mailban ban 192.0.2.7 --where door\n"
        "mailban ban -f addresses.txt");
    command->callback([options, &action] { action = [options] { return ban(*options); }; });
}

}  // namespace mailban::cli
