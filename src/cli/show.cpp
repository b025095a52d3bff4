#include "cli/account.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "mailban/detect/trust.h"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

struct ShowOptions : DaemonOptions {
    std::string target{};
    std::string config = kDefaultConfig;
};

using Rows = std::vector<std::vector<std::string>>;

std::string time_span(const ordered_json& seconds, const char* otherwise)
{
    if (!seconds.is_number()) return otherwise;
    return format_duration(std::chrono::seconds(seconds.get<std::int64_t>()));
}

void print_ban(const ordered_json& ban)
{
    std::cout << paint(Colour::red, "banned") << " since " << local_time(ban.at("since"))
              << " until " << local_time(ban.at("until"), "it is removed") << " ("
              << cell(ban.at("prefix")) << ")\n";
    const bool manual = ban.at("origin") == "manual";
    std::cout << "  reason: " << (manual ? "manual, " : "rule " + cell(ban.at("rule")) + ", ")
              << cell(ban.at("reason")) << ", ban number " << cell(ban.at("level")) << '\n';
    if (!ban.at("ports").is_null())
        std::cout << "  ports:  " << cell(ban.at("ports")) << "; the others are open\n";
    if (ban.at("where") == "door")
        std::cout << "  where:  at the door: mail servers that ask are told to refuse it\n";
    if (ban.at("where") == "firewall")
        std::cout << "  where:  in the firewall, and not at the door\n";
}

void print_remedies(const ordered_json& result)
{
    for (const auto& ban : result.at("bans")) {
        if (ban == result.at("ban")) continue;
        const bool manual = ban.at("origin") == "manual";
        std::cout << "  also banned: " << cell(ban.at("prefix")) << " until "
                  << local_time(ban.at("until"), "it is removed")
                  << (manual ? " by hand" : " by rule " + cell(ban.at("rule"))) << '\n';
    }
    const char* heading = "  unban:  ";
    for (const auto& remedy : result.at("remedies")) {
        std::cout << heading << cell(remedy.at("command")) << "   (" << cell(remedy.at("effect"))
                  << ")\n";
        heading = "          ";
    }
}

void print_breach(const ordered_json& breach)
{
    if (breach.is_null()) return;
    std::cout << paint(Colour::yellow, "  ineffective: ") << cell(breach.at("text")) << " (log "
              << cell(breach.at("log")) << ")\n";
}

void print_standing(const ordered_json& result)
{
    const bool is_banned = result.at("banned") == true;
    if (is_banned && result.value("dry_run", false)) print_dry_run();
    std::cout << cell(result.at("address")) << ": ";
    if (is_banned) {
        print_ban(result.at("ban"));
        print_breach(result.at("ineffective_ban"));
        print_remedies(result);
    } else {
        std::cout << paint(Colour::green, "not banned") << '\n';
    }
    if (!result.at("trusted_as").is_null())
        std::cout << "  never banned: " << cell(result.at("trusted_as")) << '\n';
    if (const auto& shared = result.at("shared_address"); !shared.is_null()) {
        std::cout << "  shared address: "
                  << (shared.at("accounts") == Trust::kMostUsers ? "at least " : "")
                  << number_of(shared.at("accounts"), "account", "accounts")
                  << " logged in from it within 7 days; failures at other accounts ban it at "
                  << cell(shared.at("limit")) << " within "
                  << time_span(shared.at("within_seconds"), "-") << ", "
                  << cell(shared.at("failures")) << " so far\n";
    }
    if (const auto& storm = result.at("storm"); !storm.is_null())
        std::cout << paint(Colour::yellow, "  " + cell(storm.at("text"))) << ", since "
                  << local_time(storm.at("since")) << '\n';
    if (const auto& outage = result.at("outage"); !outage.is_null()) {
        std::cout << paint(Colour::yellow, "  outage since " + local_time(outage.at("since")))
                  << ": " << cell(outage.at("cause")) << "; bans for wrong passwords are deferred"
                  << (result.at("ban_deferred") == true ? ", and a ban of this client is deferred"
                                                        : "")
                  << '\n';
    }
}

void print_titled(const char* title, const std::vector<std::string>& heading, const Rows& rows)
{
    if (rows.empty()) return;
    std::cout << '\n' << title << '\n';
    print_table(heading, rows);
}

void print_rules(const ordered_json& result)
{
    Rows rows;
    for (const auto& rule : result.at("rules")) {
        rows.push_back({cell(rule.at("rule")),
                        cell(rule.at("count")) + " of " + cell(rule.at("limit")) + " " +
                            cell(rule.at("counts")),
                        time_span(rule.at("within_seconds"), "-"),
                        time_span(rule.at("next_ban_seconds"), "forever") + ", number " +
                            cell(rule.at("next_level"))});
    }
    print_titled("Rules", {"RULE", "COUNTED", "WITHIN", "NEXT BAN"}, rows);
}

void print_logins(const ordered_json& result)
{
    Rows rows;
    for (const auto& login : result.at("logins")) {
        rows.push_back({cell(login.at("account")), local_time(login.at("since")),
                        local_time(login.at("last"))});
    }
    print_titled("Accounts known from this client", {"ACCOUNT", "SINCE", "LAST LOGIN"}, rows);
}

void print_history(const ordered_json& result)
{
    Rows rows;
    for (const auto& past : result.at("history")) {
        rows.push_back(
            {cell(past.at("prefix")), local_time(past.at("since")),
             local_time(past.at("until"), "forever"), local_time(past.at("ended")),
             cell(past.at("why")),
             cell(past.at("rule")) + (past.at("origin") == "observed" ? " (observe)" : ""),
             cell(past.at("level"))});
    }
    print_titled("Bans", {"PREFIX", "SINCE", "UNTIL", "ENDED", "WHY", "RULE", "NUMBER"}, rows);
}

void print_evidence(const ordered_json& result)
{
    Rows rows;
    for (const auto& event : result.at("evidence")) {
        rows.push_back(
            {local_time(event.at("time")), cell(event.at("kind")), cell(event.at("account")),
             cell(event.at("daemon")), cell(event.at("service")), cell(event.at("reply")),
             cell(event.at("attempts")), cell(event.at("counted")), cell(event.at("log"))});
    }
    print_titled(
        "Evidence, newest first",
        {"TIME", "KIND", "ACCOUNT", "SERVER", "SERVICE", "REPLY", "ATTEMPTS", "COUNTED", "LOG"},
        rows);
}

void print_show(const ordered_json& result)
{
    print_standing(result);
    print_rules(result);
    print_logins(result);
    print_history(result);
    print_evidence(result);
}

int show(const ShowOptions& options)
{
    Request request{Verb::show};
    const auto prefix = Prefix::parse(options.target);
    if (prefix && !prefix->is_host())
        return fail(kWrongUsage, "'" + printable(options.target) +
                                     "' is not an address; for the bans inside a prefix: mailban "
                                     "bans --inside " +
                                     prefix->to_string());
    if (!prefix) return show_account({options.target, options.config, options});
    request.prefix = *prefix;
    return ask(options, request, print_show);
}

}  // namespace

void add_show(CLI::App& app, Action& action)
{
    auto* command =
        app.add_subcommand("show",
                           "Show why an address is banned, or how close it is to a ban; or from "
                           "where an account is used and attacked");
    auto options = std::make_shared<ShowOptions>();
    command->add_option("target", options->target, "The address, or the name of an account")
        ->type_name("ADDRESS|ACCOUNT")
        ->required();
    command
        ->add_option("--config", options->config,
                     "The configuration file, for state.directory; only for an account")
        ->type_name("FILE")
        ->capture_default_str();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->footer(
        "mailban show 192.0.2.7\n"
        "mailban show bob@example.com");
    command->callback([options, &action] { action = [options] { return show(*options); }; });
}

}  // namespace mailban::cli
