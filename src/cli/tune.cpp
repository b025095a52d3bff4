#include "cli/command.h"
#include "cli/replay_input.h"
#include "cli/tune_report.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "mailban/page/tuning_page.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <utility>
#include <variant>

namespace mailban::cli {

namespace {

struct TuneOptions : LogChoice {
    bool json = false;
    std::string html{};
};

// A line on stderr while replays go on; nothing where stderr is no terminal.
void show_step(std::size_t done, std::size_t all)
{
    if (::isatty(STDERR_FILENO) == 0) return;
    std::cerr << '\r' << "replay " << done << " of " << all << "  " << std::flush;
    if (done == all) std::cerr << "\r\033[K" << std::flush;
}

int tune(const TuneOptions& options)
{
    auto config = read_settings(options.config);
    if (!config) return kWrongUsage;
    KeptEvents events(config->settings.hash_seed);
    const auto now = io::system_now();
    auto choice = choose_logs(options, {config->name, config->settings.config}, now);
    if (const int* wrong = std::get_if<int>(&choice)) return *wrong;
    auto& chosen = std::get<ChosenLogs>(choice);
    OldLogs logs(std::move(chosen.logs), now);
    config->settings.old_logs = logs.merged();
    int code = kDone;
    const bool is_well = read_by_time(
        logs, chosen,
        [&](const Event& event, std::uint32_t log, std::uint64_t) { events.add(event, log); });
    if (!is_well) code = kFailed;
    const Zone zone = io::local_zone(now);
    const auto tuning = mailban::tune(events, config->settings, show_step);
    if (!options.html.empty() &&
        write_page(options.html, page::tuning_page(tuning, config->name, zone)) != kDone)
        code = kFailed;
    if (options.json) {
        std::cout << to_json(tuning) << '\n';
    } else {
        print_tuning(tuning, config->name, logs.logs(), zone);
    }
    return finish_output(code);
}

}  // namespace

void add_tune(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand("tune", "Propose limits for this machine from old logs");
    auto options = std::make_shared<TuneOptions>();
    add_log_files(*command, *options);
    add_log_choice(*command, *options);
    command->add_option("--html", options->html, "Also write a page with plots")->type_name("OUT");
    command->add_flag("--json", options->json, "Print one line of JSON, for programs");
    command->callback([options, &action] { action = [options] { return tune(*options); }; });
}

}  // namespace mailban::cli
