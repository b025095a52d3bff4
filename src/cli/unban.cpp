#include "cli/command.h"
#include "cli/targets.h"
#include "cli/terminal.h"
#include "mailban/plural.h"

#include <iostream>
#include <memory>
#include <string>

namespace mailban::cli {

namespace {

struct UnbanOptions : DaemonOptions, TargetOptions {
    bool all = false;
    bool keep_record = false;
};

using nlohmann::ordered_json;

void join(ordered_json& first, const ordered_json& further)
{
    auto& changed = first.at("changed");
    append(changed, further.at("changed"));
    // The last page speaks for all: it is answered when the firewall has done what came before.
    first["pending"] = further.value("pending", false);
    const auto text = further.at("message").get<std::string>();
    const auto why = text.find("; not yet in force");
    first.at("message") = "unbanned " + plural(changed.size(), "prefix", "prefixes") +
                          (why == std::string::npos ? "" : text.substr(why));
}

// Whether everybody named is in now.
bool is_let_in(const ordered_json& result)
{
    const auto still = result.find("still_banned_by");
    return still == result.end() || still->empty();
}

int unban(const UnbanOptions& options)
{
    if (options.all != options.TargetOptions::empty()) {
        return fail(kWrongUsage, "unban needs addresses or prefixes, -f FILE, or --all");
    }
    Request request{options.all ? Verb::unban_all : Verb::unban};
    request.keeps_record = options.keep_record;
    if (options.all) {
        return ask_all(options, request, join,
                       [](const auto& result) { std::cout << cell(result.at("message")) << '\n'; });
    }
    const auto targets = read_targets(options);
    if (!targets) return fail(kWrongUsage, targets.error().message);
    return ask_for_each(options, options, *targets, request, join, is_let_in);
}

}  // namespace

void add_unban(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "unban", "Remove the bans of addresses or prefixes, with all bans inside them");
    auto options = std::make_shared<UnbanOptions>();
    add_target_options(*command, *options,
                       "The addresses or prefixes; an address means its client (IPv6: the prefix "
                       "of prefix.ipv6)");
    command->add_flag("--all", options->all, "Remove all bans");
    command->add_flag("--keep-record", options->keep_record,
                      "Keep the counters and the number of earlier bans; default: clear both");
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return unban(*options); }; });
}

}  // namespace mailban::cli
