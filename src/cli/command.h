// What every command shares: exit codes, the shape of a command, talking to the daemon.
#pragma once

#include "mailban/control/protocol.h"
#include "mailban/parse/assurances.h"
#include "mailban/result.h"

#include <functional>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace mailban::cli {

// Exit codes, which scripts depend on.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kWrongUsage = 2;
inline constexpr int kNotRunning = 3;

inline constexpr const char* kDefaultConfig = "/etc/mailban/mailban.yaml";
inline constexpr const char* kDefaultSocket = "/run/mailban/control.sock";

// Each adds one subcommand to `app`; when it is chosen, `action` is set to what it does and gives
// the exit code.
using Action = std::function<int()>;
void add_run(CLI::App& app, Action& action);
void add_status(CLI::App& app, Action& action);
void add_health(CLI::App& app, Action& action);
void add_bans(CLI::App& app, Action& action);
void add_events(CLI::App& app, Action& action);
void add_show(CLI::App& app, Action& action);
void add_ban(CLI::App& app, Action& action);
void add_unban(CLI::App& app, Action& action);
void add_allow(CLI::App& app, Action& action);
void add_reload(CLI::App& app, Action& action);
void add_check(CLI::App& app, Action& action);
void add_firewall(CLI::App& app, Action& action);
void add_explain(CLI::App& app, Action& action);
void add_scan(CLI::App& app, Action& action);
void add_replay(CLI::App& app, Action& action);
void add_tune(CLI::App& app, Action& action);
void add_report(CLI::App& app, Action& action);
void add_import(CLI::App& app, Action& action);
void add_setup(CLI::App& app, Action& action);
void add_support(CLI::App& app, Action& action);
void add_version(CLI::App& app, Action& action);

// Whether the first word of the command line is no command of `app` and no option; says so then,
// and which one may have been meant.
bool is_unknown_command(const CLI::App& app, const std::string& word);

// `mailban` alone: the state of the daemon in some lines. False: it cannot be asked, and nothing is
// printed.
bool show_overview();

// Options of every command that talks to the daemon.
struct DaemonOptions {
    std::string socket = kDefaultSocket;
    bool json = false;
};
void add_socket_option(CLI::App& command, DaemonOptions& options);
void add_json_option(CLI::App& command, DaemonOptions& options);

// Options of a command that an administrator's word begins: for how long, and why.
struct TermOptions {
    std::string length{};
    std::string reason{};
};
void add_term_options(CLI::App& command, TermOptions& options);
// What was said, in `request`; or why it cannot be.
Status read_term(const TermOptions& options, Request& request);

// Which bans a command means: --rule and --inside.
void add_ban_filter_options(CLI::App& command, std::string& rule, std::string& inside);
// nullopt for an empty text.
Status read_inside(const std::string& text, std::optional<Prefix>& prefix);

// What the administrator assures of a log that a command reads, as in the configuration's sources.
void add_assurances(CLI::App& command, Assurances& assured);

// What came of asking: the result, or an exit code and why.
struct Asked {
    int code = kDone;
    nlohmann::ordered_json result{};
    std::string error{};
};
// Adds the result of a further page to that of the first.
using Join =
    std::function<void(nlohmann::ordered_json& first, const nlohmann::ordered_json& further)>;

// Asks the daemon. On success `print` shows the result to people, or with --json the result itself
// goes out as one line of JSON. Otherwise the error goes to stderr.
int ask(const DaemonOptions& options, const Request& request,
        const std::function<void(const nlohmann::ordered_json& result)>& print);

// The same of a list that comes in pages: `take` gets the result of each as it comes.
int ask_each(const DaemonOptions& options, Request request,
             const std::function<void(const nlohmann::ordered_json& result)>& take);
// The same as ask(), of all pages.
int ask_all(const DaemonOptions& options, const Request& request, const Join& join,
            const std::function<void(const nlohmann::ordered_json& result)>& print);
// The same, and prints nothing.
Asked ask_quietly(const DaemonOptions& options, const Request& request, const Join& join);
// Appends a list's elements to another.
void append(nlohmann::ordered_json& list, const nlohmann::ordered_json& further);

int fail(int code, const std::string& message);
// Writes a page into a file; an exit code, the error on stderr.
int write_page(const std::string& path, const std::string& page);

}  // namespace mailban::cli
