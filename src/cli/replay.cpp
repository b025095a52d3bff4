#include "cli/command.h"
#include "cli/replay_input.h"
#include "cli/replay_report.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "mailban/replay/door_replay.h"

#include <algorithm>
#include <iostream>
#include <limits>
#include <memory>
#include <utility>
#include <variant>

namespace mailban::cli {

namespace {

struct ReplayOptions : LogChoice {
    bool json = false;
    bool policy = false;
    std::string compare{};
    std::size_t top = 10;  // 0: all
};

void print(const Replay& replay, const ReplayOptions& options, const ReplayHeading& heading)
{
    if (options.json) {
        auto outcome = replay.outcome(0);
        auto& bans = outcome.bans;
        bans.insert(bans.end(), outcome.observed.begin(), outcome.observed.end());
        std::ranges::stable_sort(bans, {}, &ReplayedBan::decided);
        for (const auto& ban : bans)
            std::cout << to_json_line(ban);
        return;
    }
    const bool whole = options.top == 0;
    print_outcome(replay.outcome(whole ? std::numeric_limits<std::size_t>::max() : options.top),
                  heading);
}

void print(const Replay& replay, const DoorReplay& door, const ReplayOptions& options,
           const ReplayHeading& heading)
{
    const auto logs_alone = replay.outcome(0);
    if (!options.json) return print_door(logs_alone, door.toll(), heading);
    std::cout << to_json(logs_alone, door.toll(), heading.config) << '\n';
}

void print(const Replay& first, const Replay& second, const std::string& second_name,
           const ReplayOptions& options, const ReplayHeading& heading)
{
    const auto one = first.outcome(0);
    const auto other = second.outcome(0);
    if (!options.json) return print_comparison(one, other, second_name, heading);
    std::cout << to_json(one, heading.config, other, second_name) << '\n';
}

int replay(const ReplayOptions& options)
{
    auto config = read_settings(options.config);
    if (!config) return kWrongUsage;
    std::optional<NamedSettings> other;
    if (!options.compare.empty()) {
        other = read_settings(options.compare);
        if (!other) return kWrongUsage;
    }
    const auto now = io::system_now();
    auto choice = choose_logs(options, {config->name, config->settings.config}, now);
    if (const int* code = std::get_if<int>(&choice)) return *code;
    auto& chosen = std::get<ChosenLogs>(choice);
    OldLogs logs(std::move(chosen.logs), now);
    config->settings.old_logs = logs.merged();
    Replay first(config->settings);
    std::optional<Replay> second;
    if (other) {
        other->settings.old_logs = logs.merged();
        second.emplace(other->settings);
    }
    std::optional<DoorReplay> door;
    if (options.policy) door.emplace(config->settings);
    const bool is_well =
        read_by_time(logs, chosen, [&](const Event& event, std::uint32_t log, std::uint64_t) {
            const std::uint32_t counted = first.observe(event, log);
            if (door) door->observe(event, log, counted);
            if (second) second->observe(event, log);
        });
    const auto zone = io::local_zone(now);
    const ReplayHeading heading{config->name, logs.logs(), zone, options.top};
    if (door) {
        print(first, *door, options, heading);
    } else if (second) {
        print(first, *second, other->name, options, heading);
    } else {
        print(first, options, heading);
    }
    return finish_output(is_well ? kDone : kFailed);
}

}  // namespace

void add_replay(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "replay", "Simulate the configuration on old logs: which bans would it have made?");
    auto options = std::make_shared<ReplayOptions>();
    add_log_files(*command, *options);
    add_log_choice(*command, *options);
    auto* const compare =
        command->add_option("--compare", options->compare, "A second configuration to compare with")
            ->type_name("FILE");
    command
        ->add_flag("--policy", options->policy,
                   "As if the mail server had asked before each attempt (policy)")
        ->excludes(compare);
    command->add_option("--top", options->top, "Rows of each list; 0: all")
        ->type_name("N")
        ->capture_default_str();
    command->add_flag("--json", options->json,
                      "Print one line of JSON for each ban; with --compare or --policy, one in "
                      "total");
    command->callback([options, &action] { action = [options] { return replay(*options); }; });
}

}  // namespace mailban::cli
