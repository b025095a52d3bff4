#include "cli/account.h"

#include "cli/account_door.h"
#include "cli/config_file.h"
#include "cli/terminal.h"
#include "io/daemon/system.h"
#include "io/store/history.h"
#include "mailban/ascii_json.h"
#include "mailban/plural.h"

#include <iostream>
#include <utility>
#include <vector>

namespace mailban::cli {

namespace {

constexpr std::size_t kMostClients = 1000;
// Of so many of them the daemon is asked what it would tell mail servers.
constexpr std::size_t kMostAsked = 100;

std::optional<io::History> open_history(const std::string& config_file, int& code)
{
    const auto config = read_config(config_file);
    if (!config) {
        code = kWrongUsage;
        return std::nullopt;
    }
    auto history = io::History::open(config->state.directory);
    if (history) return std::move(*history);
    code = fail(kFailed, history.error().message);
    return std::nullopt;
}

// "rule password-guessing until 2026-11-28 20:19:08 +0100"
std::string ban_text(const std::vector<Ban>& bans)
{
    if (bans.empty()) return "-";
    const Ban* last = &bans.front();
    for (const Ban& ban : bans)
        if (ends_later(ban.until, last->until)) last = &ban;
    return (last->until ? "until " + local_time(*last->until) : std::string("forever")) +
           (last->origin == BanOrigin::manual ? ", by hand" : ", " + printable(last->rule));
}

// What mail servers would be told of a client that nobody knows, and of each that is listed.
struct DoorWords {
    nlohmann::ordered_json stranger{};
    std::vector<nlohmann::ordered_json> clients{};  // of the first ones
};

DoorWords ask_at_door(const DaemonOptions& options, const AccountReport& report)
{
    DoorWords words{door_answers(options, report.account, std::nullopt), {}};
    if (words.stranger.is_null()) return words;
    for (const AccountClient& client : report.clients) {
        if (words.clients.size() == kMostAsked) break;
        words.clients.push_back(door_answers(options, report.account, client.ip));
    }
    return words;
}

std::string json_of(const AccountReport& report, const DoorWords& words)
{
    auto json = nlohmann::ordered_json::parse(to_json(report));
    json["door"] = words.stranger;
    std::size_t at = 0;
    for (auto& client : json.at("clients"))
        client["door"] = at < words.clients.size() ? words.clients[at++].at("answers") : nullptr;
    return ascii_json(json);
}

void print_account(const AccountReport& report, const DoorWords& words)
{
    std::cout << printable(report.account) << ": " << plural(report.logins, "login", "logins")
              << ", " << plural(report.failures, "failure", "failures") << " from "
              << plural(report.addresses, "address", "addresses") << " since "
              << local_time(report.since) << "; "
              << (report.banned > 0
                      ? paint(Colour::red, std::to_string(report.banned) + " of these banned")
                      : paint(Colour::green, "none of these banned"))
              << '\n';
    const bool is_asked = !words.stranger.is_null();
    if (is_asked)
        std::cout << "At the door (policy.mode: " << cell(words.stranger.at("mode"))
                  << "), a client that never used it: " << door_sentence(words.stranger) << '\n';
    if (report.clients.empty()) return;
    std::cout << '\n';
    std::vector<std::vector<std::string>> rows;
    for (const AccountClient& client : report.clients) {
        rows.push_back({client.ip.to_string(), std::to_string(client.logins),
                        std::to_string(client.failures), local_time(client.last),
                        ban_text(client.bans)});
        const std::size_t at = rows.size() - 1;
        if (is_asked)
            rows.back().push_back(at < words.clients.size() ? door_cell(words.clients[at]) : "-");
    }
    std::vector<std::string> heading{"ADDRESS", "LOGINS", "FAILURES", "LAST", "BANNED"};
    if (is_asked) heading.emplace_back("DOOR");
    print_table(heading, rows);
    if (report.clients.size() < report.addresses)
        std::cout << "and "
                  << plural(report.addresses - report.clients.size(), "more address",
                            "more addresses")
                  << '\n';
    if (report.banned == 0) return;
    std::cout << "\nTo unban: mailban unban ADDRESS, or mailban unban --account ACCOUNT\n"
                 "Why an address is banned: mailban show ADDRESS\n";
}

}  // namespace

int show_account(const AccountOptions& options)
{
    int code = kDone;
    auto history = open_history(options.config, code);
    if (!history) return code;
    io::History::Span span;
    span.since = Timestamp();
    ActivityFilter filter;
    filter.account = options.account;
    std::optional<AccountSurvey> survey;
    const auto done = history->each_activity(span, filter, [&](const Activity& activity) {
        if (!survey) survey.emplace(options.account, time_of(activity));
        if (const auto* const evidence = std::get_if<Evidence>(&activity)) survey->add(*evidence);
        return true;
    });
    if (!done) return fail(kFailed, done.error().message);
    if (!survey)
        return fail(kFailed, "'" + printable(options.account) +
                                 "' is not an address, and no stored event names an account of "
                                 "this name");
    const auto bans = history->active_bans();
    if (!bans) return fail(kFailed, bans.error().message);
    const auto report = survey->report(*bans, kMostClients);
    const auto words = ask_at_door(options.daemon, report);
    if (options.daemon.json) {
        std::cout << json_of(report, words) << '\n';
    } else {
        print_account(report, words);
    }
    return kDone;
}

std::optional<AccountBans> bans_of_account(const std::string& account, const std::string& config,
                                           int& code)
{
    auto history = open_history(config, code);
    if (!history) return std::nullopt;
    AccountBans found(account);
    auto done = history->each_use([&](const IpAddress& ip, const std::string& name, bool is_login) {
        found.note_address(ip, name, is_login);
    });
    const auto bans = history->active_bans();
    if (bans)
        for (const Ban& ban : *bans)
            found.note_ban(ban);
    if (done && bans && !found.all().empty())
        done = history->each_use([&](const IpAddress& ip, const std::string& name, bool) {
            found.note_others(ip, name);
        });
    if (done && bans) return found;
    code = fail(kFailed, (done ? bans.error() : done.error()).message);
    return std::nullopt;
}

}  // namespace mailban::cli
