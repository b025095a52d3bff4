#include "cli/account.h"
#include "cli/command.h"
#include "cli/targets.h"
#include "cli/terminal.h"
#include "mailban/plural.h"
#include "mailban/utf8.h"
#include "mailban/words.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mailban::cli {

namespace {

struct UnbanOptions : DaemonOptions, TargetOptions {
    bool all = false;
    bool keep_record = false;
    std::string account{};
    std::string rule{};
    std::string inside{};
    std::string config = kDefaultConfig;

    bool has_filter() const noexcept { return !rule.empty() || !inside.empty(); }
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

// Bans of clients that have only this account in mind; others are named.
int unban_account(const UnbanOptions& options, Request request)
{
    int code = kDone;
    const auto found = bans_of_account(options.account, options.config, code);
    if (!found) return code;
    std::vector<Target> targets;
    std::vector<std::string> guessers;
    for (const Ban& ban : found->all()) {
        const std::string text = ban.prefix.to_string();
        auto& names = guessers;
        if (found->is_own(ban)) {
            if (targets.empty() || targets.back().prefix != ban.prefix)
                targets.push_back({text, ban.prefix, false});
        } else if (names.empty() || names.back() != text) {
            names.push_back(text);
        }
    }
    if (!guessers.empty()) {
        const std::size_t most = 10;
        const auto count = guessers.size();
        guessers.resize(std::min(count, most));
        fail(kDone,
             "not unbanned, because these clients also tried other accounts: " + joined(guessers) +
                 (count > most ? ", ..." : "") + "; to unban one, name it");
    }
    if (targets.empty())
        return fail(kFailed, "no ban of a client that tried only the account '" +
                                 printable(options.account) + "', or logged in to it");
    TargetOptions list;
    list.file = "a list";  // one answer for all of them, also if there is only one
    return ask_for_each(options, list, targets, std::move(request), join, is_let_in);
}

// What is wrong with the way in which the options go together; empty: nothing.
std::string misused_unban(const UnbanOptions& options)
{
    const int ways = (options.all ? 1 : 0) + (options.TargetOptions::empty() ? 0 : 1) +
                     (options.account.empty() ? 0 : 1) + (options.has_filter() ? 1 : 0);
    if (ways == 1) return {};
    if (ways == 0)
        return "unban needs addresses or prefixes, -f FILE, --account, --rule, --inside, or --all";
    return "give only one of: addresses or -f FILE; --account; --rule and --inside; --all";
}

int unban(const UnbanOptions& options)
{
    if (const auto wrong = misused_unban(options); !wrong.empty()) return fail(kWrongUsage, wrong);
    const bool is_list = options.all || options.has_filter();
    Request request{is_list ? Verb::unban_all : Verb::unban};
    request.keeps_record = options.keep_record;
    request.which.rule = options.rule;
    if (auto read = read_inside(options.inside, request.which.inside); !read)
        return fail(kWrongUsage, read.error().message);
    if (!options.account.empty()) return unban_account(options, std::move(request));
    if (is_list) {
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
    command
        ->add_option("--account", options->account,
                     "Remove the bans of clients that logged in to this account, or tried no other")
        ->type_name("ACCOUNT");
    add_ban_filter_options(*command, options->rule, options->inside);
    command->add_flag("--keep-record", options->keep_record,
                      "Keep the counters and the number of earlier bans; default: clear both");
    command
        ->add_option("--config", options->config,
                     "The configuration file, for state.directory; only for --account")
        ->type_name("FILE")
        ->capture_default_str();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->footer(
        "mailban unban 192.0.2.7 198.51.100.0/24\n"
        "mailban unban --account bob@example.com\n"
        "mailban unban --rule password-guessing --inside 198.51.100.0/24");
    command->callback([options, &action] { action = [options] { return unban(*options); }; });
}

}  // namespace mailban::cli
