#include "cli/command.h"
#include "cli/findings.h"
#include "cli/terminal.h"
#include "io/daemon/check.h"
#include "io/files/pattern_files.h"
#include "io/setup/change_files.h"
#include "io/setup/check_as.h"
#include "io/setup/programs.h"
#include "mailban/config/load.h"
#include "mailban/setup/mask.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <utility>

namespace mailban::cli {

namespace {

struct SupportOptions : DaemonOptions {
    std::string config = kDefaultConfig;
    std::string output{};
    bool has_socket = false;
};

constexpr std::size_t kMostOfConfig = 1U << 20U;
constexpr const char* kLogLines = "--lines=300";

// One part of the bundle. What cannot be had says why: that may be what is wrong.
std::string titled(const std::string& title, const std::string& text)
{
    return "== " + title + "\n\n" + text + (text.ends_with('\n') ? "\n" : "\n\n");
}

std::string output_of(std::vector<std::string> words)
{
    const auto said = io::run_and_wait(std::move(words));
    return said ? *said : said.error().message;
}

std::string system_text()
{
    utsname name = {};
    ::uname(&name);
    std::string text = "mailban " MAILBAN_VERSION ", as user " + std::to_string(::geteuid()) +
                       "\nLinux " + name.release + ' ' + name.machine + '\n';
    const auto release = io::read_if_there("/etc/os-release", kMostOfConfig);
    if (release && *release) text += **release;
    return text;
}

std::string config_text(const SupportOptions& options)
{
    const auto text = io::read_if_there(options.config, kMostOfConfig);
    if (!text) return text.error().message;
    return *text ? **text : options.config + " does not exist";
}

std::string check_text(const SupportOptions& options)
{
    const auto text = io::read_if_there(options.config, kMostOfConfig);
    if (!text || !*text) return "no configuration";
    const auto loaded = load_config(**text, options.config, io::read_pattern_files());
    if (const auto* mistakes = std::get_if<std::vector<ConfigError>>(&loaded)) {
        std::string all;
        for (const auto& mistake : *mistakes)
            all += to_string(mistake) + '\n';
        return all;
    }
    const auto& config = std::get<Config>(loaded);
    auto findings = ::geteuid() == 0 ? io::check_machine_as("mailban", config, options.config)
                                     : Result<std::vector<io::Finding>>(Error{"not root"});
    if (!findings) findings = io::check_machine(config, options.config);
    return text_of(*findings);
}

std::string status_text(const SupportOptions& options)
{
    const auto join = [](auto& first, const auto& further) {
        append(first.at("sources"), further.at("sources"));
    };
    const auto asked = ask_quietly(options, Request{Verb::status}, join);
    return asked.code == kDone ? asked.result.dump(2) : asked.error;
}

std::string bundle(const SupportOptions& options)
{
    const std::string parts =
        titled("System", system_text()) + titled(options.config, config_text(options)) +
        titled("mailban check", check_text(options)) +
        titled("mailban status --json", status_text(options)) +
        titled("systemctl show mailban",
               output_of({"systemctl", "show", "mailban.service", "--no-pager",
                          "--property=ActiveState,SubState,Result,NRestarts,MemoryCurrent,"
                          "DropInPaths,FragmentPath,UnitFileState,StatusText"})) +
        titled("journalctl -u mailban", output_of({"journalctl", "--unit=mailban", "--no-pager",
                                                   "--output=short-iso", kLogLines}));
    return "Report of mailban for those who help you with it. Names of accounts, mail addresses "
           "and "
           "secrets\nare masked; addresses of clients are not. Read it before you send it.\n\n" +
           Masker().masked(parts);
}

int support(SupportOptions options)
{
    if (!options.has_socket) {
        const auto text = io::read_if_there(options.config, kMostOfConfig);
        const auto loaded = load_config(text && *text ? **text : std::string(), options.config,
                                        io::read_pattern_files());
        if (const auto* config = std::get_if<Config>(&loaded))
            options.socket = config->control.socket;
    }
    const auto text = bundle(options);
    if (options.output.empty()) {
        std::cout << text;
        return kDone;
    }
    const auto before = io::read_if_there(options.output);
    if (!before) return fail(kFailed, before.error().message);
    if (*before) return fail(kFailed, options.output + " exists already; name another file");
    constexpr unsigned kOwnerOnly = 0600;
    const auto written =
        io::replace_file({options.output, {}, text, kOwnerOnly, ::geteuid(), ::getegid()});
    if (!written) return fail(kFailed, written.error().message);
    std::cout << "Written: " << printable(options.output) << "; read it before you send it\n";
    return kDone;
}

}  // namespace

void add_support(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "support",
        "Print a report for those who help, with accounts, mail addresses and secrets masked");
    auto options = std::make_shared<SupportOptions>();
    command->add_option("-o,--output", options->output, "Write it to this new file")
        ->type_name("FILE");
    command->add_option("--config", options->config, "The configuration file")
        ->type_name("FILE")
        ->capture_default_str();
    add_socket_option(*command, *options);
    command->footer("mailban support --output mailban-report.txt");
    command->callback([options, command, &action] {
        options->has_socket = command->count("--socket") > 0;
        action = [options] { return support(*options); };
    });
}

}  // namespace mailban::cli
