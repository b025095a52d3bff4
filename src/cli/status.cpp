#include "cli/command.h"
#include "cli/terminal.h"
#include "mailban/config/byte_size.h"
#include "mailban/time/time.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

struct StatusOptions : DaemonOptions {
    bool watch = false;
};

void print_firewall(const ordered_json& firewall)
{
    const bool well = firewall.at("state") == "ok";
    std::cout << "Firewall  " << cell(firewall.at("backend")) << ", "
              << paint(well ? Colour::green : Colour::red, cell(firewall.at("state")));
    if (!well) {
        std::cout << " since " << local_time(firewall.at("since")) << ": "
                  << cell(firewall.at("reason"));
    }
    std::cout << " (" << number_of(firewall.at("applied"), "change", "changes") << " made, "
              << cell(firewall.at("pending")) << " waiting";
    const auto dropped = firewall.find("dropped_packets");
    if (dropped != firewall.end() && !dropped->is_null())
        std::cout << ", " << number_of(*dropped, "packet", "packets") << " dropped";
    std::cout << ")\n";
}

// "0.85 s"
std::string seconds(const ordered_json& value)
{
    if (!value.is_number()) return cell(value);
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.2f s", value.get<double>());
    return buffer.data();
}

void print_sources(const ordered_json& sources)
{
    std::vector<std::vector<std::string>> rows;
    for (const auto& source : sources) {
        std::string state = source.at("caught_up") == true ? "following" : "catching up";
        if (source.at("present") == false) state = "waiting for it";
        if (source.at("auto_detected") == true) state += " (auto)";
        if (source.at("unreadable") == true) state = "cannot be read";
        if (source.at("idle_files") != 0)
            state = number_of(source.at("idle_files"), "idle file", "idle files");
        rows.push_back({cell(source.at("file")), state, cell(source.at("lines")),
                        cell(source.at("events")), cell(source.at("bytes_behind")),
                        local_time(source.at("last_line")), local_time(source.at("last_event")),
                        seconds(source.at("lag_seconds"))});
    }
    print_table({"LOG", "STATE", "LINES", "EVENTS", "BEHIND", "LAST LINE", "LAST EVENT", "LAG"},
                rows);
}

// What had to make room, and for which limit; nothing where nothing had to.
void print_limits(const ordered_json& status)
{
    struct Full {
        const char* name;
        const char* one;
        const char* many;
    };
    constexpr std::array<Full, 3> kFull{{
        {"evicted_tracked", "least guilty client removed (limits.tracked)",
         "least guilty clients removed (limits.tracked)"},
        {"evicted_bans", "ban ended early (limits.bans)", "bans ended early (limits.bans)"},
        {"evicted_logins", "login removed (limits.known_logins)",
         "logins removed (limits.known_logins)"},
    }};
    std::string text;
    for (const auto& [name, one, many] : kFull) {
        if (status.at(name) == 0) continue;
        text += (text.empty() ? "" : ", ") + number_of(status.at(name), one, many);
    }
    if (!text.empty()) std::cout << "Full      " << paint(Colour::yellow, text) << '\n';
}

void print_state(const ordered_json& state)
{
    const auto size = [&state](const char* name) {
        return format_byte_size(state.at(name).get<std::uint64_t>());
    };
    std::cout << "State     " << size("bytes") << " of " << size("max_bytes") << ", events since "
              << local_time(state.at("oldest_event")) << '\n';
    if (state.at("last_dropped").is_null()) return;
    const std::string text =
        number_of(state.at("dropped_events"), "oldest event", "oldest events") + " and " +
        number_of(state.at("dropped_bans"), "ended ban", "ended bans") +
        " deleted (state.max_size), the last one at " + local_time(state.at("last_dropped"));
    std::cout << "          " << paint(Colour::yellow, text) << '\n';
}

// The file on the disk, where it is not fit to take the place of the one that runs.
void print_configuration(const ordered_json& status)
{
    const auto configuration = status.find("configuration");
    if (configuration == status.end() || configuration->at("problem").is_null()) return;
    std::cout << paint(Colour::yellow, "Config    " + cell(status.at("config")) +
                                           " on the disk cannot be used, since " +
                                           local_time(configuration->at("since")) +
                                           "; the one that runs was read at " +
                                           local_time(configuration->at("loaded")))
              << '\n';
    const auto problem = configuration->at("problem").get<std::string>();
    for (std::size_t from = 0; from < problem.size();) {
        const auto end = std::min(problem.find('\n', from), problem.size());
        std::cout << "          " << printable(problem.substr(from, end - from)) << '\n';
        from = end + 1;
    }
}

std::string span_of(const ordered_json& seconds)
{
    return format_duration(std::chrono::seconds(seconds.get<std::int64_t>()));
}

// Nobody is known yet.
void print_learning(const ordered_json& status)
{
    const auto learning = status.find("learning");
    if (learning == status.end() || learning->is_null()) return;
    std::cout << "Learning  "
              << paint(Colour::yellow,
                       "has seen logins for " + span_of(learning->at("seen_seconds")) + " of " +
                           span_of(learning->at("needed_seconds")) +
                           "; until then few customers are known, and rules have their "
                           "learning_limit")
              << '\n';
}

// What is wrong, the worst first; then what else an administrator should know.
void print_health(const ordered_json& status)
{
    const auto& health = status.at("health");
    std::vector<std::string> said;
    for (const auto& finding : health.at("findings")) {
        const bool is_critical = finding.at("grade") == "CRITICAL";
        const auto text = cell(finding.at("text"));
        std::cout << paint(is_critical ? Colour::red : Colour::yellow,
                           (is_critical ? "CRITICAL: " : "WARNING: ") + text)
                  << '\n';
        said.push_back(text);
    }
    for (const auto& warning : status.at("warnings")) {
        const auto text = cell(warning);
        if (std::find(said.begin(), said.end(), text) != said.end()) continue;
        std::cout << paint(Colour::yellow, "warning: " + text) << '\n';
    }
}

// Who asks before a password is compared.
void print_policy(const ordered_json& status)
{
    const auto policy = status.find("policy");
    if (policy == status.end() || policy->at("mode") == "off") return;
    std::cout << "Policy    " << cell(policy->at("mode"));
    for (const auto& server : policy->at("servers")) {
        std::cout << "\n          " << cell(server.at("server")) << " at "
                  << cell(server.at("listen")) << ": ";
        if (server.at("last").is_null()) {
            std::cout << paint(Colour::yellow, "has never asked");
            continue;
        }
        std::cout << number_of(server.at("questions"), "question", "questions") << ", "
                  << cell(server.at("denied")) << " denied, " << cell(server.at("delayed"))
                  << " delayed, " << cell(server.at("would_refuse")) << " only observed, "
                  << cell(server.at("late")) << " too late; "
                  << number_of(server.at("reports"), "report", "reports") << "; last at "
                  << local_time(server.at("last"));
    }
    std::cout << '\n';
}

void print_breaches(const ordered_json& status)
{
    if (status.at("worst_ineffective_bans").empty()) return;
    std::cout << "          "
              << paint(Colour::yellow,
                       number_of(status.at("ineffective_bans"), "of them is ineffective",
                                 "of them are ineffective") +
                           ": " +
                           number_of(status.at("attempts_despite_ban"), "attempt", "attempts") +
                           " despite a ban")
              << '\n';
    for (const auto& breach : status.at("worst_ineffective_bans")) {
        std::cout << "            " << cell(breach.at("prefix")) << ": "
                  << cell(breach.at("attempts")) << ", the last one at "
                  << local_time(breach.at("last")) << " in " << cell(breach.at("log")) << '\n';
    }
}

// Rules with `mode: observe`, and until when all of it is only watched.
void print_observed(const ordered_json& status)
{
    if (const auto observed = status.value("observed_bans", 0U); observed > 0)
        std::cout << "Observed  " << number_of(observed, "ban", "bans")
                  << " that rules with mode: observe would have made: mailban bans --observed\n";
    const auto& firewall = status.at("firewall");
    const auto until = firewall.find("watch_until");
    if (until == firewall.end() || until->is_null()) return;
    constexpr std::size_t kDay = 10;
    std::cout << "Watching  until " << cell(*until).substr(0, kDay) << "; "
              << number_of(status.at("bans_made"), "ban was", "bans were")
              << " logged since the start. Then, or before:\n"
                 "          mailban tune, mailban setup --enforce\n";
}

void print_status(const ordered_json& status)
{
    std::cout << "mailban " << cell(status.at("version")) << ", pid " << cell(status.at("pid"))
              << ", since " << local_time(status.at("started")) << ", " << cell(status.at("config"))
              << '\n';
    if (status.value("dry_run", false)) print_dry_run();
    std::cout << "Bans      " << cell(status.at("active_bans")) << " active, "
              << cell(status.at("bans_made")) << " made; "
              << number_of(status.at("tracked"), "client", "clients") << " tracked\n";
    print_observed(status);
    print_breaches(status);
    print_limits(status);
    print_firewall(status.at("firewall"));
    print_state(status.at("state"));
    print_learning(status);
    print_policy(status);
    print_configuration(status);
    std::cout << "Events   ";
    for (const auto& [kind, count] : status.at("events").items()) {
        if (count != 0) std::cout << ' ' << printable(kind) << ' ' << cell(count);
    }
    std::cout << "\n\n";
    print_sources(status.at("sources"));
    print_health(status);
}

void join_sources(ordered_json& first, const ordered_json& further)
{
    append(first.at("sources"), further.at("sources"));
}

// A few lines: whether all is well, and what is wrong.
void print_overview(const ordered_json& status)
{
    const auto& firewall = status.at("firewall");
    const auto& health = status.at("health");
    const bool is_well = health.at("grade") == "OK";
    std::cout << "mailban " << cell(status.at("version")) << ", since "
              << local_time(status.at("started")) << ": "
              << paint(is_well ? Colour::green : Colour::red, cell(health.at("grade"))) << '\n';
    if (status.value("dry_run", false)) print_dry_run();
    std::cout << "Bans      " << cell(status.at("active_bans")) << " active, "
              << cell(status.at("bans_made")) << " made\n"
              << "Firewall  " << cell(firewall.at("backend")) << ", " << cell(firewall.at("state"))
              << '\n'
              << "Logs      " << number_of(status.at("sources").size(), "log", "logs") << ", "
              << number_of(status.at("events").at("auth_failure"), "failed login", "failed logins")
              << " in them since the start\n";
    print_health(status);
}

int ask_status(const StatusOptions& options)
{
    return ask_all(options, Request{Verb::status}, join_sources, print_status);
}

int status(const StatusOptions& options)
{
    while (options.watch) {
        if (::isatty(STDOUT_FILENO) == 1 && !options.json) std::cout << "\033[H\033[2J";
        const int code = ask_status(options);
        std::cout.flush();
        if (code != kDone || !std::cout) return code;
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    return ask_status(options);
}

}  // namespace

bool show_overview()
{
    const auto asked = ask_quietly(DaemonOptions{}, Request{Verb::status}, join_sources);
    if (asked.code != kDone) return false;
    print_overview(asked.result);
    return true;
}

void add_status(CLI::App& app, Action& action)
{
    auto* command =
        app.add_subcommand("status", "Show the state of the daemon, its logs, counters and bans");
    auto options = std::make_shared<StatusOptions>();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->add_flag("--watch", options->watch, "Repeat every second until interrupted");
    command->callback([options, &action] { action = [options] { return status(*options); }; });
}

}  // namespace mailban::cli
