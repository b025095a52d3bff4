// mailban: argument parsing and dispatch, nothing else.
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/man.h"
#include "cli/pager.h"
#include "cli/wrapped_output.h"

#include <algorithm>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace {

// What programs read is not for a terminal: completions, manual pages, JSON and CSV.
bool is_for_programs(std::span<char*> words)
{
    return std::ranges::any_of(words, [](const std::string& word) {
        return word.starts_with("__") || word == "--json" || word == "json" || word == "csv" ||
               word.starts_with("--format=");
    });
}

}  // namespace

// A throw before the block, for want of memory, ends the program, as it should.
int main(int argc, char** argv)  // NOLINT(bugprone-exception-escape)
{
    using namespace mailban::cli;
    CLI::App app{"mailban reads the logs of mail servers and bans clients that guess passwords.",
                 "mailban"};
    app.require_subcommand(1);
    app.set_version_flag("--version", "mailban " MAILBAN_VERSION);
    Action action;
    for (auto* add :
         {add_run,    add_status, add_health, add_bans,   add_events,   add_show,    add_ban,
          add_unban,  add_allow,  add_reload, add_check,  add_firewall, add_explain, add_scan,
          add_replay, add_tune,   add_report, add_import, add_setup,    add_support, add_version}) {
        add(app, action);
    }
    const std::span<char*> words(argv, static_cast<std::size_t>(argc));
    std::optional<mailban::cli::Pager> pager;
    std::optional<mailban::cli::WrappedOutput> wrapped;
    if (!is_for_programs(words)) {
        pager.emplace(words);
        wrapped.emplace();
    }
    if (words.size() < 2) {
        if (show_overview()) {
            std::cout << "\nmailban status shows more; mailban --help lists the commands.\n";
            return kDone;
        }
        std::cout << app.help();
        return kWrongUsage;
    }
    try {
        if (words[1] == std::string(kCompleteCommand))
            return complete(app, std::vector<std::string>(words.begin() + 2, words.end()));
        if (words[1] == std::string(kManCommand))
            return write_man(app, std::vector<std::string>(words.begin() + 2, words.end()));
        if (is_unknown_command(app, words[1])) return kWrongUsage;
        app.parse(argc, argv);
        return action();
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kDone : kWrongUsage;
    } catch (const std::exception& error) {
        return fail(kFailed, error.what());
    }
}
