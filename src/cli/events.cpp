#include "cli/command.h"
#include "cli/config_file.h"
#include "cli/list_format.h"
#include "cli/replay_input.h"
#include "cli/since.h"
#include "cli/terminal.h"
#include "io/control/client.h"
#include "io/daemon/system.h"
#include "io/store/history.h"
#include "mailban/ascii_json.h"
#include "mailban/net/prefix_text.h"
#include "mailban/plural.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

struct EventsOptions : ListOptions {
    std::string config = kDefaultConfig;
    std::string account{};
    std::string address{};
    std::string rule{};
    std::string kind{};
    std::string since{};
    std::string until{};
    bool follow = false;
};

// Bans and their ends have `address` where events have `ip`.
std::string address_of(const ordered_json& activity)
{
    const auto ip = activity.find("ip");
    return cell(ip != activity.end() ? *ip : activity.at("address"));
}

// "bob@example.com, exim smtp 535, 3 attempts"
std::string details_of_event(const ordered_json& event)
{
    std::string text = event.at("account").is_null() ? "" : cell(event.at("account")) + ", ";
    text += cell(event.at("daemon")) + ' ' + cell(event.at("service"));
    if (!event.at("reply").is_null()) text += ' ' + cell(event.at("reply"));
    if (event.at("attempts") != 1)
        text += ", " + number_of(event.at("attempts"), "attempt", "attempts");
    if (event.at("kind") == "auth_failure" && event.at("counted") != event.at("attempts"))
        text += ", counted " + cell(event.at("counted"));
    return text;
}

std::string details_of_ban(const ordered_json& ban)
{
    const bool is_manual = ban.at("origin") == "manual";
    std::string text = is_manual ? "by hand" : cell(ban.at("rule"));
    if (ban.at("origin") == "observed") text += ", only observed";
    if (ban.at("kind") == "unban") return cell(ban.at("why")) + " (" + text + ")";
    const auto until = time_of_json(ban.at("until"));
    const auto since = time_of_json(ban.at("since"));
    text += until && since ? ", for " + short_span(*until - *since) : ", forever";
    return is_manual && ban.at("reason") != "" ? text + ": " + cell(ban.at("reason")) : text;
}

// "deny, bob@example.com, imap, dovecot (banned by rule spraying)"
std::string details_of_answer(const ordered_json& answer)
{
    const bool is_told = answer.at("verdict") == answer.at("judged");
    std::string ground = cell(answer.at("ground"));
    std::ranges::replace(ground, '_', ' ');
    if (!answer.at("rule").is_null()) ground += " by rule " + cell(answer.at("rule"));
    return (is_told ? "" : "would be ") + cell(answer.at("judged")) + ", " +
           cell(answer.at("account")) + ", " + cell(answer.at("service")) + ", " +
           cell(answer.at("daemon")) + " (" + ground + ')';
}

void print_line(const ordered_json& activity)
{
    if (activity.at("kind") == "lost") {
        std::cout << paint(Colour::yellow,
                           number_of(activity.at("lines"), "event is", "events are") +
                               " missing here: they came faster than they were read")
                  << '\n';
        return;
    }
    constexpr std::size_t kWithOffset = 100;
    constexpr std::size_t kWithoutOffset = 19;
    auto time = local_time(activity.at("time"));
    if (is_narrow(kWithOffset)) time.resize(std::min(time.size(), kWithoutOffset));
    constexpr std::size_t kKind = 12;
    constexpr std::size_t kAddress = 15;
    auto kind = cell(activity.at("kind"));
    auto address = address_of(activity);
    kind.resize(std::max(kind.size(), kKind), ' ');
    address.resize(std::max(address.size(), kAddress), ' ');
    const bool is_ban = activity.contains("prefix");
    const bool is_answer = activity.at("kind") == "answer";
    const auto colour = activity.at("kind") == "ban"     ? Colour::red
                        : activity.at("kind") == "unban" ? Colour::green
                        : is_answer                      ? Colour::yellow
                                                         : Colour::none;
    std::cout << time << ' ' << paint(colour, kind) << ' ' << address << ' '
              << (is_ban      ? details_of_ban(activity)
                  : is_answer ? details_of_answer(activity)
                              : details_of_event(activity))
              << '\n';
}

// One activity after the other, in the form that is wanted.
class ActivityPrinter {
public:
    explicit ActivityPrinter(const EventsOptions& options) : options_(options) {}

    // False: nobody reads on.
    bool print(const std::string& line)
    {
        auto activity = ordered_json::parse(line, nullptr, false);
        if (!activity.is_object() || !activity.contains("kind")) return true;
        if (options_.is_json()) {
            std::cout << ascii_json(activity) << '\n';
        } else if (options_.is_csv()) {
            if (activity.contains("address")) activity["ip"] = activity.at("address");
            csv_.print(activity);
        } else {
            print_line(activity);
        }
        return static_cast<bool>(std::cout);
    }

    void print_csv_heading()
    {
        if (options_.is_csv()) csv_.print_heading();
    }

private:
    const EventsOptions& options_;
    CsvPrinter csv_{{"time",     "kind",     "ip",      "account", "daemon",  "service", "reply",
                     "enhanced", "attempts", "counted", "log",     "prefix",  "until",   "origin",
                     "rule",     "reason",   "why",     "lines",   "verdict", "judged",  "ground"}};
};

Result<ActivityFilter> filter_of(const EventsOptions& options)
{
    ActivityFilter filter;
    filter.account = options.account;
    filter.rule = options.rule;
    if (!options.address.empty()) {
        filter.address = Prefix::parse(options.address);
        if (!filter.address) return Error{"--address: " + why_no_prefix(options.address)};
    }
    if (options.kind.empty()) return filter;
    const auto kinds = parse_activity_kinds(options.kind);
    if (!kinds) return Error{"--kind: " + kinds.error().message};
    filter.kinds = *kinds;
    return filter;
}

Status read_time(const char* option, const std::string& text, Timestamp now,
                 std::optional<Timestamp>& time)
{
    if (text.empty()) return Done{};
    time = parse_since(text, now);
    if (time) return Done{};
    return Error{std::string(option) + ' ' + text +
                 " is neither an age such as 2h nor a time such as 2026-11-01"};
}

// What the command line asks for.
struct Wanted {
    ActivityFilter filter{};
    io::History::Span span{};
};

Result<Wanted> read_wanted(const EventsOptions& options)
{
    auto filter = filter_of(options);
    if (!filter) return filter.error();
    Wanted wanted{std::move(*filter), {}};
    const Timestamp now = io::system_now();
    std::optional<Timestamp> since = now - std::chrono::days(1);
    if (auto read = read_time("--since", options.since, now, since); !read) return read.error();
    if (auto read = read_time("--until", options.until, now, wanted.span.until); !read)
        return read.error();
    wanted.span.since = *since;
    if (options.follow && wanted.span.until) return Error{"--until has no meaning with --follow"};
    return wanted;
}

// Bans and ends that were printed from the database, and may come a second time.
using Printed = std::set<std::string>;

int print_past(const EventsOptions& options, const Wanted& wanted, ActivityPrinter& printer,
               Printed* printed)
{
    const auto config = read_config(options.config);
    if (!config) return kWrongUsage;
    auto history = io::History::open(config->state.directory);
    if (!history) return fail(kFailed, history.error().message);
    const Timestamp recent = io::system_now() - std::chrono::minutes(1);
    const auto done =
        history->each_activity(wanted.span, wanted.filter, [&](const Activity& activity) {
            const auto line = to_json(activity);
            const bool may_repeat = kind_of(activity) >= kBanActivity && time_of(activity) > recent;
            if (printed != nullptr && may_repeat) printed->insert(line);
            return printer.print(line);
        });
    return done ? kDone : fail(kFailed, done.error().message);
}

// The reply to the request, or why there is none.
int read_reply(const std::string& line, io::History::Span& span)
{
    const auto reply = ordered_json::parse(line, nullptr, false);
    if (!reply.is_object() || !reply.contains("ok"))
        return fail(kFailed,
                    "the daemon's reply cannot be read; restart the daemon if it is an "
                    "older version");
    if (reply.at("ok") != true) return fail(kFailed, reply.value("error", "refused"));
    const auto& last = reply.at("result").at("last_event");
    // Without any event in the database, all of them follow.
    span.last_event = last.is_null() ? 0 : last.get<std::int64_t>();
    return kDone;
}

int follow(const EventsOptions& options, Wanted wanted, ActivityPrinter& printer)
{
    Request request{Verb::follow};
    request.filter = wanted.filter;
    int code = kDone;
    Printed printed;
    bool is_reply = true;
    const auto end = io::follow_daemon(options.socket, request, [&](const std::string& line) {
        if (std::exchange(is_reply, false)) {
            code = read_reply(line, wanted.span);
            if (code == kDone && !options.since.empty())
                code = print_past(options, wanted, printer, &printed);
        } else if (printed.erase(line) == 0 && !printer.print(line)) {
            code = kFailed;
        }
        std::cout.flush();
        return code == kDone && std::cout;
    });
    if (code != kDone || end.error.empty()) return code;
    return fail(end.why == io::NoReply::not_running ? kNotRunning : kFailed, end.error);
}

int events(const EventsOptions& options)
{
    auto wanted = read_wanted(options);
    if (!wanted) return fail(kWrongUsage, wanted.error().message);
    ActivityPrinter printer(options);
    printer.print_csv_heading();
    if (options.follow) return follow(options, std::move(*wanted), printer);
    return finish_output(print_past(options, *wanted, printer, nullptr));
}

}  // namespace

void add_events(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "events",
        "List attempts, logins, bans and their ends, from the database or as they happen");
    auto options = std::make_shared<EventsOptions>();
    const auto add_text = [&](const char* name, std::string& text, const char* type,
                              const char* meaning) {
        command->add_option(name, text, meaning)->type_name(type);
    };
    command->add_flag("-f,--follow", options->follow,
                      "Go on with what happens from now on; without --since, only that");
    add_text("--account", options->account, "ACCOUNT", "Only events of this account");
    add_text("--address", options->address, "ADDRESS|PREFIX",
             "Only events and bans of this address or prefix");
    add_text("--rule", options->rule, "RULE", "Only bans of this rule and their ends");
    add_text("--kind", options->kind, "KIND,...",
             "Only these: auth_failure, auth_success, auth_unavailable, relay_denied, "
             "unknown_recipient, rejected, abuse, ban, unban");
    add_text("--since", options->since, "TIME",
             "An age such as 2h, or a time such as 2026-11-01; default: 1d");
    add_text("--until", options->until, "TIME", "The same, for the end");
    add_list_options(*command, *options);
    add_text("--config", options->config, "FILE", "The configuration file, for state.directory");
    add_socket_option(*command, *options);
    command->footer(
        "mailban events --since 7d --account bob@example.com\n"
        "mailban events --follow --kind ban,unban");
    command->callback([options, &action] { action = [options] { return events(*options); }; });
}

}  // namespace mailban::cli
