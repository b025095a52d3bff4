#include "cli/command.h"
#include "cli/config_change.h"
#include "cli/findings.h"
#include "cli/setup_door.h"
#include "cli/terminal.h"
#include "io/daemon/system.h"
#include "io/import/import_files.h"
#include "io/setup/change_files.h"
#include "io/setup/check_as.h"
#include "io/setup/own_session.h"
#include "io/setup/programs.h"
#include "mailban/plural.h"
#include "mailban/setup/ssh_client.h"
#include "mailban/words.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

namespace mailban::cli {

namespace {

constexpr const char* kServiceUser = "mailban";
// The administrator does not want the configuration; no exit code.
constexpr int kDeclined = -1;

struct SetupOptions : DaemonOptions {
    std::string config = kDefaultConfig;
    std::string fail2ban = "/etc/fail2ban";
    std::string csf = "/etc/csf";
    bool yes = false;
    bool undoes = false;
    bool watches = false;
    unsigned watch_days = 7;
    bool enforces = false;
    bool has_door = false;
    bool has_socket = false;
};

// A question to the administrator. With --yes it is decided; without an answer, it is not done.
bool is_wanted(const SetupOptions& options, const std::string& question)
{
    std::cout << printable(question);
    if (options.yes) {
        std::cout << " yes (--yes)\n";
        return true;
    }
    std::cout << " [Y/n] " << std::flush;
    std::string answer;
    if (!std::getline(std::cin, answer)) {
        std::cout << "no answer\n";
        return false;
    }
    if (::isatty(STDIN_FILENO) == 0) std::cout << '\n';
    const auto word = lower_case(trimmed(answer, " \t\r"));
    return word.empty() || word == "y" || word == "yes";
}

// As the service sees it, where root asks; else as whoever asks sees it.
std::vector<io::Finding> look_at(const Config& config, const std::string& path)
{
    if (::geteuid() == 0) {
        auto seen = io::check_machine_as(kServiceUser, config, path);
        if (seen) return std::move(*seen);
    }
    return io::check_machine(config, path);
}

void suggest_imports(const SetupOptions& options)
{
    const auto files = io::read_fail2ban_files(options.fail2ban);
    const auto settings = files ? read_fail2ban(*files) : Result<Fail2ban>(Error{});
    std::vector<std::string> jails;
    if (settings)
        for (const auto& jail : settings->jails)
            if (jail.is_mail) jails.push_back(jail.name);
    if (!jails.empty())
        std::cout << "fail2ban has " << plural(jails.size(), "enabled jail", "enabled jails")
                  << " of mail servers (" << printable(joined(jails))
                  << "): `mailban import fail2ban` shows what mailban can take over.\n";
    if (::access((options.csf + "/csf.conf").c_str(), F_OK) == 0)
        std::cout << "csf is configured in " << printable(options.csf)
                  << ": `mailban import csf` shows what mailban can take over.\n";
}

Amendment decide(const SetupOptions& options, const Config& config)
{
    Amendment amendment;
    const auto client = ssh_client(io::ssh_connection());
    if (client && !is_allowed(config.allow, *client)) {
        const auto name = client->is_host() ? client->base().to_string() : client->to_string();
        if (is_wanted(options, "Your SSH session comes from " + name +
                                   ". Add it to allow, so that mailban never bans it?"))
            amendment.allow.prefixes.push_back(*client);
    }
    const bool is_dry_run = config.firewall.backend == Backend::dry_run;
    if (options.watches && !is_dry_run) amendment.backend = Backend::dry_run;
    if (options.watches && !config.firewall.watch_until)
        amendment.watch_until = std::chrono::floor<std::chrono::days>(io::system_now()) +
                                std::chrono::days(options.watch_days);
    if (options.enforces && is_dry_run) amendment.backend = Backend::automatic;
    amendment.ends_watch = options.enforces;
    return amendment;
}

bool is_daemon_running(const DaemonOptions& options)
{
    const auto only_page = [](auto&, const auto&) {};
    return ask_quietly(options, Request{Verb::status}, only_page).code == kDone;
}

// The service has the usual configuration, whatever file was written.
bool may_start(const SetupOptions& options)
{
    return options.config == kDefaultConfig && io::can_start_service();
}

int start(const SetupOptions& options)
{
    if (!is_wanted(options, "Start mailban now, and at each boot?")) {
        std::cout << "Not started. Later: systemctl enable --now mailban\n";
        return kDone;
    }
    const auto started = io::start_service();
    if (!started)
        return fail(kFailed, started.error().message +
                                 "; `journalctl -u mailban` and `mailban check --as mailban` say "
                                 "why it does not run");
    std::cout << (options.watches ? "mailban runs, and only logs what it would ban."
                                  : "mailban runs and bans from now on.")
              << " `mailban status` shows it, `mailban events --follow` what happens.\n";
    return kDone;
}

// Has the daemon read the file, if it runs; else starts it, or says how to.
int activate_or_advise(const SetupOptions& options, bool is_changed)
{
    if (!is_daemon_running(options)) {
        if (may_start(options)) return start(options);
        std::cout << "\nThe daemon does not run. Next:\n"
                     "  mailban check --as mailban          # tests all of it as the service\n"
                     "  systemctl enable --now mailban      # starts it, now and at each boot\n";
        return kDone;
    }
    if (!is_changed) return kDone;
    return ask(options, Request{Verb::reload},
               [](const auto& result) { std::cout << cell(result.at("message")) << '\n'; });
}

int undo(const SetupOptions& options)
{
    const auto record = io::undo_record_of(options.config);
    const auto undone = io::undo_changes(record);
    if (!undone) return fail(kFailed, undone.error().message);
    if (undone->empty()) {
        std::cout << "Nothing to take back: mailban has written no file, or each is as it was.\n";
        return kDone;
    }
    for (const auto& path : *undone)
        std::cout << (::access(path.c_str(), F_OK) == 0 ? "Restored: " : "Removed: ")
                  << printable(path) << '\n';
    for (const auto& command : door_reloads(*undone))
        std::cout << "Now run: " << command << '\n';
    const bool has_config = ::access(options.config.c_str(), F_OK) == 0;
    if (!has_config || !is_daemon_running(options)) return kDone;
    return ask(options, Request{Verb::reload},
               [](const auto& result) { std::cout << cell(result.at("message")) << '\n'; });
}

// The key that Dovecot sends: for root and the daemon.
int write_key(const SetupOptions& options, const DoorPlan* door)
{
    if (door == nullptr || !door->is_key_new) return kDone;
    const io::NewFile rights{0640, kServiceUser};
    const auto written = io::change_file(io::undo_record_of(options.config), door->policy.key_file,
                                         std::nullopt, door->key + '\n', rights);
    return written ? kDone : fail(kFailed, written.error().message);
}

int write_if_wanted(const SetupOptions& options, const ConfigChange& change, const DoorPlan* door)
{
    print_change(change);
    if (!change.is_needed()) {
        if (const int code = write_key(options, door); code != kDone) return code;
        return activate_or_advise(options, false);
    }
    if (!is_wanted(options, "Write " + change.path + "?")) {
        std::cout << "Nothing was changed.\n";
        return kDeclined;
    }
    if (const int code = write_key(options, door); code != kDone) return code;
    if (const int code = write_change(change); code != kDone) return code;
    std::cout << "Written: " << printable(change.path)
              << "; `mailban setup --undo` puts back what was there before\n";
    if (options.watches)
        std::cout
            << "Bans are only logged from now on. `mailban status` names the day at which to "
               "look at `mailban report` and `mailban tune`; `mailban setup --enforce` then ends "
               "this.\n";
    return activate_or_advise(options, true);
}

int set_up(SetupOptions options)
{
    if (options.undoes && (options.watches || options.enforces))
        return fail(kWrongUsage, "--undo takes back what was written; run it alone");
    if (options.watches && options.enforces)
        return fail(kWrongUsage, "--watch logs bans only, --enforce enforces them; choose one");
    options.config = absolute_path_of(options.config);
    const auto standing = read_standing(options.config);
    if (options.undoes) {
        if (!options.has_socket && standing) options.socket = standing->config.control.socket;
        return undo(options);
    }
    if (!standing) return kWrongUsage;
    if (!options.has_socket) options.socket = standing->config.control.socket;
    std::cout << "Found on this machine:\n";
    print_findings(look_at(standing->config, options.config));
    suggest_imports(options);
    std::cout << '\n';
    auto amendment = decide(options, standing->config);
    std::optional<DoorPlan> door;
    if (options.has_door) {
        auto plan = plan_door(standing->config);
        if (!plan) return fail(kFailed, plan.error().message);
        door = std::move(*plan);
        amendment.policy = door->policy;
        for (const auto& remark : door->remarks)
            std::cout << remark << '\n';
    }
    const auto planned = plan_change(options.config, *standing, amendment);
    if (const auto* code = std::get_if<int>(&planned)) return *code;
    const int code =
        write_if_wanted(options, std::get<ConfigChange>(planned), door ? &*door : nullptr);
    if (code == kDeclined) return kDone;
    // Without the daemon they would ask nobody, and go on as before; so they are wired all the
    // same.
    if (!door) return code;
    const auto ask = [&options](const std::string& text) { return is_wanted(options, text); };
    const int wired = write_door(*door, io::undo_record_of(options.config), ask);
    return code == kDone ? wired : code;
}

}  // namespace

void add_setup(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "setup", "Look at this machine, propose a configuration, write it if that is wanted");
    auto options = std::make_shared<SetupOptions>();
    command->add_option("--config", options->config, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
    command->add_flag("-y,--yes", options->yes, "Answer each question with yes");
    command->add_flag("--watch", options->watches,
                      "Begin without a firewall: bans are only logged (backend dry-run)");
    command->add_option("--days", options->watch_days, "With --watch: for how many days")
        ->type_name("DAYS")
        ->check(CLI::Range(1U, 365U))
        ->capture_default_str();
    command->add_flag("--enforce", options->enforces, "End --watch: bans reach the firewall");
    command->add_flag("--door", options->has_door,
                      "Have Dovecot, Postfix and Exim ask mailban before they compare a password");
    command->add_flag("--undo", options->undoes,
                      "Take back every file that `setup` and `import` have written");
    command->add_option("--fail2ban", options->fail2ban, "The folder of fail2ban's configuration")
        ->type_name("FOLDER")
        ->capture_default_str();
    command->add_option("--csf", options->csf, "The folder of csf's configuration")
        ->type_name("FOLDER")
        ->capture_default_str();
    add_socket_option(*command, *options);
    command->callback([options, command, &action] {
        options->has_socket = command->count("--socket") > 0;
        action = [options] { return set_up(*options); };
    });
}

}  // namespace mailban::cli
