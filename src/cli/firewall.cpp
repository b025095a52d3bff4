#include "cli/command.h"
#include "cli/config_file.h"
#include "cli/terminal.h"
#include "io/control/client.h"
#include "io/daemon/firewall_contents.h"
#include "mailban/ascii_json.h"
#include "mailban/plural.h"

#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

struct FirewallOptions {
    std::string config = kDefaultConfig;
    std::string socket{};  // empty: what the configuration says
    bool json = false;
};

void print_contents(const std::vector<io::FirewallContents>& all)
{
    bool is_empty = true;
    for (const auto& [backend, held, text] : all) {
        if (text.empty()) continue;
        is_empty = false;
        std::cout << backend << ", " << plural(held.size(), "ban", "bans") << "\n\n";
        // A firewall's own output: its line ends stay, whatever else is made harmless.
        for (std::size_t from = 0; from < text.size();) {
            const auto end = std::min(text.find('\n', from), text.size());
            std::string line = text.substr(from, end - from);
            std::replace(line.begin(), line.end(), '\t', ' ');
            std::cout << printable(line) << '\n';
            from = end + 1;
        }
        std::cout << '\n';
    }
    if (is_empty) std::cout << "The firewall contains nothing of mailban.\n";
}

int show(const FirewallOptions& options)
{
    const auto config = read_config_and_warn(options.config);
    if (!config) return kWrongUsage;
    const auto all = io::show_firewall(*config);
    if (!all) return fail(kFailed, all.error().message);
    if (!options.json) {
        print_contents(*all);
        return kDone;
    }
    const auto groups = port_groups(config->firewall);
    auto list = ordered_json::array();
    for (const auto& [backend, held, text] : *all) {
        auto bans = ordered_json::array();
        for (const auto& one : held)
            bans.push_back({{"prefix", one.prefix.to_string()},
                            {"until", one.until ? ordered_json(format_timestamp(*one.until))
                                                : ordered_json(nullptr)},
                            {"ports", groups.ports(one.group).text()}});
        list.push_back({{"backend", backend}, {"bans", std::move(bans)}, {"text", text}});
    }
    std::cout << ascii_json(list) << '\n';
    return kDone;
}

int report(const FirewallOptions& options, const std::string& message)
{
    std::cout << (options.json ? ascii_json<ordered_json>({{"message", message}}) : message)
              << '\n';
    return kDone;
}

int remove_directly(const FirewallOptions& options, const Config& config)
{
    const auto emptied = io::empty_firewall(config);
    if (!emptied) return fail(kFailed, emptied.error().message);
    if (emptied->empty()) return report(options, "the firewall contained nothing of mailban");
    std::string names;
    for (const auto& name : *emptied)
        names += (names.empty() ? "" : ", ") + name;
    return report(options, "removed everything that mailban created in " + names);
}

// The daemon takes it away meanwhile; its status tells when it is done.
int wait_for_daemon(const FirewallOptions& options, const std::string& socket)
{
    while (true) {
        const auto reply = io::ask_daemon(socket, Request{Verb::status});
        const auto object = ordered_json::parse(reply.line, nullptr, false);
        if (!object.is_object() || !object.value("ok", false))
            return fail(kFailed, "the daemon ended during the removal; run the command again");
        const auto& firewall = object.at("result").at("firewall");
        const auto state = firewall.at("state").get<std::string>();
        if (state == "removed")
            return report(options,
                          "removed everything that mailban created; bans are not enforced until "
                          "`mailban reload` or a restart");
        if (state != "removing") return fail(kFailed, "firewall: " + cell(firewall.at("reason")));
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

int remove(const FirewallOptions& options)
{
    const auto config = read_config_and_warn(options.config);
    if (!config) return kWrongUsage;
    const auto socket = options.socket.empty() ? config->control.socket : options.socket;
    const auto reply = io::ask_daemon(socket, Request{Verb::firewall_remove});
    if (reply.line.empty() && reply.why == io::NoReply::not_running)
        return remove_directly(options, *config);
    if (reply.line.empty()) return fail(kFailed, reply.error);
    const auto object = ordered_json::parse(reply.line, nullptr, false);
    if (!object.is_object() || !object.value("ok", false))
        return fail(kFailed, object.is_object() ? object.value("error", "refused") : "refused");
    return wait_for_daemon(options, socket);
}

void add_options(CLI::App& command, FirewallOptions& options)
{
    command.add_option("--config", options.config, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
    command.add_flag("--json", options.json, "Print one line of JSON, for programs");
}

}  // namespace

void add_firewall(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "firewall", "Show or remove everything that mailban created in the firewall");
    command->require_subcommand(1);
    auto options = std::make_shared<FirewallOptions>();
    auto* showing = command->add_subcommand("show", "Show it as the firewall prints it");
    add_options(*showing, *options);
    showing->callback([options, &action] { action = [options] { return show(*options); }; });
    auto* removing =
        command->add_subcommand("remove", "Remove it, with or without a running daemon");
    add_options(*removing, *options);
    removing->add_option("--socket", options->socket, "The daemon's control socket")
        ->type_name("PATH");
    removing->callback([options, &action] { action = [options] { return remove(*options); }; });
}

}  // namespace mailban::cli
