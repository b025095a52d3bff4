#include "cli/command.h"
#include "cli/config_file.h"
#include "cli/period_report.h"
#include "cli/replay_input.h"
#include "cli/since.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/store/history.h"
#include "mailban/control/report_filter.h"
#include "mailban/page/period_page.h"

#include <iostream>
#include <limits>
#include <memory>

namespace mailban::cli {

namespace {

struct ReportOptions {
    std::string config = kDefaultConfig;
    std::string since = "7d";
    std::string html{};
    std::string account{};
    std::string rule{};
    std::size_t top = 10;  // 0: all
    bool json = false;
};

Status show_all(io::History& history, Timestamp since, ReportFilter& filter)
{
    auto done = history.each_ban(since, [&filter](const Ban& ban, bool) { filter.note(ban); });
    if (!done) return done;
    return history.each_event(
        since, [&filter](const io::StoredEvent& stored) { filter.note(stored.event); });
}

Status read_history(const std::string& directory, Timestamp since, ReportFilter& filter,
                    PeriodSurvey& survey)
{
    auto history = io::History::open(directory);
    if (!history) return history.error();
    auto done = filter.is_set() ? show_all(*history, since, filter) : Status(Done{});
    if (!done) return done;
    done = history->each_event(since, [&](const io::StoredEvent& stored) {
        if (filter.wants(stored.event)) survey.add(stored.event, stored.source, stored.counted);
    });
    if (!done) return done;
    return history->each_ban(since, [&](const Ban& ban, bool is_standing) {
        if (filter.wants(ban)) survey.add(ban, is_standing);
    });
}

int report(const ReportOptions& options)
{
    const Timestamp now = io::system_now();
    const auto since = parse_since(options.since, now);
    if (!since) {
        return fail(kWrongUsage, "--since " + options.since +
                                     " is neither an age such as 7d nor a time such as 2026-11-01");
    }
    const auto config = read_config_and_warn(options.config);
    if (!config) return kWrongUsage;
    PeriodSurvey survey(*since, now, io::random_seed());
    survey.only(options.account, options.rule);
    ReportFilter filter(options.account, options.rule);
    if (const auto read = read_history(config->state.directory, *since, filter, survey); !read)
        return fail(kFailed, read.error().message);
    const auto top = options.top > 0 ? options.top : std::numeric_limits<std::size_t>::max();
    const auto found = survey.report(top);
    const Zone zone = io::local_zone(now);
    int code = kDone;
    if (!options.html.empty()) code = write_page(options.html, page::period_page(found, zone));
    if (options.json) {
        std::cout << to_json(found) << '\n';
    } else {
        print_report(found, zone);
    }
    return finish_output(code);
}

}  // namespace

void add_report(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "report", "Summarise the daemon's events and bans: totals, top lists, plots");
    auto options = std::make_shared<ReportOptions>();
    command
        ->add_option("--since", options->since, "An age such as 7d, or a time such as 2026-11-01")
        ->type_name("TIME")
        ->capture_default_str();
    command
        ->add_option("--account", options->account,
                     "Only events of this account, and bans of clients that tried or used it")
        ->type_name("ACCOUNT");
    command
        ->add_option("--rule", options->rule,
                     "Only bans of this rule, and events of clients that it banned")
        ->type_name("RULE");
    command->add_option("--html", options->html, "Also write a page with plots")->type_name("OUT");
    command->add_option("--top", options->top, "Rows of each list; 0: all")->capture_default_str();
    command->add_flag("--json", options->json, "Print one line of JSON, for programs");
    command->add_option("--config", options->config, "The configuration file, for state.directory")
        ->type_name("FILE")
        ->capture_default_str();
    command->callback([options, &action] { action = [options] { return report(*options); }; });
}

}  // namespace mailban::cli
