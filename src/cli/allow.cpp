#include "cli/command.h"
#include "cli/list_format.h"
#include "cli/targets.h"
#include "cli/terminal.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

struct AllowOptions : ListOptions, TermOptions, TargetOptions {
    AllowOptions() { length = "forever"; }

    std::string remove{};
    bool list = false;
};

// "file /etc/mailban/allow.list:3"
std::string origin_of(const ordered_json& entry)
{
    std::string text = cell(entry.at("origin"));
    if (!entry.at("source").is_null()) text += " " + cell(entry.at("source"));
    if (!entry.at("line").is_null()) text += ":" + cell(entry.at("line"));
    return text;
}

void print_problems(const ordered_json& result)
{
    for (const auto& file : result.at("files")) {
        for (const auto& problem : file.at("problems"))
            std::cout << paint(Colour::yellow, "warning: " + cell(problem)) << '\n';
    }
    for (const auto& name : result.at("names")) {
        if (name.at("problem").is_null()) continue;
        std::cout << paint(Colour::yellow, "warning: " + cell(name.at("problem"))) << '\n';
    }
}

void print_allowed(const ordered_json& result)
{
    std::vector<std::vector<std::string>> rows;
    for (const auto& entry : result.at("entries")) {
        const bool manual = entry.at("origin") == "by hand";
        rows.push_back({cell(entry.at("address")), origin_of(entry), local_time(entry.at("since")),
                        local_time(entry.at("until"), manual ? "forever" : "-"),
                        cell(entry.at("reason"))});
    }
    print_table({"NEVER BANNED", "ORIGIN", "SINCE", "UNTIL", "REASON"}, rows);
    print_problems(result);
}

void print_allowed_csv(const ordered_json& result)
{
    CsvPrinter csv({"address", "prefix", "origin", "source", "line", "since", "until", "reason"});
    csv.print_heading();
    for (const auto& entry : result.at("entries"))
        csv.print(entry);
}

// What is wrong with the way in which the options go together; empty: nothing.
std::string misused(const AllowOptions& options)
{
    const bool adds = !options.TargetOptions::empty();
    const bool removes = !options.remove.empty();
    if (options.list && (adds || removes)) return "--list takes no address";
    if (adds && removes) return "give either addresses or --remove ADDRESS";
    if (!adds && (options.length != "forever" || !options.reason.empty()))
        return "--for and --reason need an address to allow";
    return {};
}

int list_allowed(const AllowOptions& options)
{
    const auto join = [](ordered_json& first, const ordered_json& further) {
        append(first.at("entries"), further.at("entries"));
    };
    DaemonOptions asked = options;
    asked.json = options.is_json();
    return ask_all(asked, Request{Verb::allowed}, join,
                   options.is_csv() ? print_allowed_csv : print_allowed);
}

int allow(const AllowOptions& options)
{
    if (const auto wrong = misused(options); !wrong.empty()) return fail(kWrongUsage, wrong);
    const bool removes = !options.remove.empty();
    if (!removes && options.TargetOptions::empty()) return list_allowed(options);
    Request request{removes ? Verb::disallow : Verb::allow};
    TargetOptions given = options;
    if (removes) given.targets = {options.remove};
    const auto targets = read_targets(given);
    if (!targets) {
        return fail(kWrongUsage, targets.error().message +
                                     "; put host names under 'allow:' in the configuration");
    }
    if (!removes) {
        const auto read = read_term(options, request);
        if (!read) return fail(kWrongUsage, read.error().message);
    }
    const auto only_page = [](auto&, const auto&) {};
    return ask_for_each(options, given, *targets, request, only_page,
                        [](const auto&) { return true; });
}

}  // namespace

void add_allow(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "allow", "Add addresses or prefixes to the allowlist; without any, list the allowlist");
    auto options = std::make_shared<AllowOptions>();
    add_target_options(*command, *options,
                       "The addresses or prefixes: 192.0.2.7, 192.0.2.0/24, ::1");
    command->add_option("--remove", options->remove, "Remove an entry that this command added")
        ->type_name("ADDRESS|PREFIX");
    command->add_flag("--list", options->list, "List the allowlist with the origin of each entry");
    add_term_options(*command, *options);
    add_list_options(*command, *options);
    add_socket_option(*command, *options);
    command->footer(
        "mailban allow 192.0.2.7 --for 7d --reason \"the office\"\n"
        "mailban allow --list");
    command->callback([options, &action] { action = [options] { return allow(*options); }; });
}

}  // namespace mailban::cli
