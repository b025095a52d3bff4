#include "cli/command.h"
#include "cli/terminal.h"

#include <iostream>
#include <memory>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

struct AllowOptions : DaemonOptions, TermOptions {
    AllowOptions() { length = "forever"; }

    std::string target{};
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

Result<Request> request_of(const AllowOptions& options)
{
    const bool removes = !options.remove.empty();
    const auto& target = removes ? options.remove : options.target;
    const bool lists = target.empty();
    if (options.list && !lists) return Error{"--list takes no address"};
    if (removes && !options.target.empty())
        return Error{"give either an address or --remove ADDRESS"};
    const bool adds = !removes && !lists;
    if (!adds && (options.length != "forever" || !options.reason.empty()))
        return Error{"--for and --reason need an address to allow"};
    if (lists) return Request{Verb::allowed};

    Request request{removes ? Verb::disallow : Verb::allow};
    const auto prefix = Prefix::parse(target);
    if (!prefix) {
        return Error{"'" + printable(target) +
                     "' is neither an address nor a prefix such as 192.0.2.0/24; put "
                     "host names under 'allow:' in the configuration"};
    }
    request.prefix = *prefix;
    if (!adds) return request;
    const auto read = read_term(options, request);
    if (!read) return read.error();
    return request;
}

int allow(const AllowOptions& options)
{
    const auto request = request_of(options);
    if (!request) return fail(kWrongUsage, request.error().message);
    if (request->verb == Verb::allowed) {
        const auto join = [](ordered_json& first, const ordered_json& further) {
            append(first.at("entries"), further.at("entries"));
        };
        return ask_all(options, *request, join, print_allowed);
    }
    return ask(options, *request,
               [](const auto& result) { std::cout << cell(result.at("message")) << '\n'; });
}

}  // namespace

void add_allow(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "allow", "Add an address or prefix to the allowlist; without one, list the allowlist");
    auto options = std::make_shared<AllowOptions>();
    command
        ->add_option("target", options->target,
                     "The address or prefix: 192.0.2.7, 192.0.2.0/24, ::1")
        ->type_name("ADDRESS|PREFIX");
    command->add_option("--remove", options->remove, "Remove an entry that this command added")
        ->type_name("ADDRESS|PREFIX");
    command->add_flag("--list", options->list, "List the allowlist with the origin of each entry");
    add_term_options(*command, *options);
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return allow(*options); }; });
}

}  // namespace mailban::cli
