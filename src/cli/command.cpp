#include "cli/command.h"

#include "io/control/client.h"
#include "mailban/ascii_json.h"
#include "mailban/config/load.h"
#include "mailban/net/prefix_text.h"
#include "mailban/utf8.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iostream>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

namespace mailban::cli {

namespace {

// A list of 200,000 rows takes a reader some four waits.
constexpr int kMostWaits = 100;
constexpr std::int64_t kLongestWait = 60;

}  // namespace

int fail(int code, const std::string& message)
{
    std::string text = "mailban: ";
    // What it names may be a stranger's: a file, or the reason that somebody gave. Line ends stay.
    for (std::string_view rest = message; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        text += printable(rest.substr(0, end));
        if (end < rest.size()) text += '\n';
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::cerr << text << '\n';
    return code;
}

int write_page(const std::string& path, const std::string& page)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << page;
    file.close();
    if (file) return kDone;
    return fail(kFailed, "cannot write " + path + ": " + std::strerror(errno));
}

bool is_unknown_command(const CLI::App& app, const std::string& word)
{
    if (word.starts_with('-')) return false;
    std::vector<std::string> names;
    for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    if (std::find(names.begin(), names.end(), word) != names.end()) return false;
    const auto meant = nearest_name(word, {names.begin(), names.end()});
    fail(kWrongUsage, "unknown command '" + word + "'" +
                          (meant ? "; did you mean '" + std::string(*meant) + "'?" : "") +
                          " (mailban --help lists the commands)");
    return true;
}

void add_socket_option(CLI::App& command, DaemonOptions& options)
{
    command.add_option("--socket", options.socket, "The daemon's control socket")
        ->type_name("PATH")
        ->capture_default_str();
}

void add_json_option(CLI::App& command, DaemonOptions& options)
{
    command.add_flag("--json", options.json, "Print one line of JSON, for programs");
}

void add_assurances(CLI::App& command, Assurances& assured)
{
    command.add_flag("--trusted-front-end", assured.trusted_front_end,
                     "As in a source: the addresses in SOGo's log are true");
    command.add_flag("--escaped-line-feeds", assured.escaped_line_feeds,
                     "As in a source: the log escapes line feeds of clients");
    const auto read_proxies = [&assured](const std::vector<std::string>& texts) {
        for (const auto& text : texts) {
            const auto prefix = Prefix::parse(text);
            if (!prefix)
                throw CLI::ValidationError("--proxy", text + " is not an address or prefix");
            assured.proxies.prefixes.push_back(*prefix);
        }
    };
    command
        .add_option_function<std::vector<std::string>>(
            "--proxy", read_proxies,
            "The address or prefix of a proxy, as in 'proxies' of the configuration")
        ->type_name("PREFIX")
        ->expected(1)
        ->take_all();
}

void add_ban_filter_options(CLI::App& command, std::string& rule, std::string& inside)
{
    command.add_option("--rule", rule, "Only bans of this rule")->type_name("RULE");
    command.add_option("--inside", inside, "Only bans inside this prefix")->type_name("PREFIX");
}

Status read_inside(const std::string& text, std::optional<Prefix>& prefix)
{
    if (text.empty()) return Done{};
    prefix = Prefix::parse(text);
    if (prefix) return Done{};
    return Error{"--inside: " + why_no_prefix(text)};
}

void add_term_options(CLI::App& command, TermOptions& options)
{
    command.add_option("--for", options.length, "Duration: 10m, 1h30m, 7d, forever")
        ->type_name("DURATION")
        ->capture_default_str();
    command.add_option("--reason", options.reason, "The reason, which the lists show")
        ->type_name("TEXT");
}

Status read_term(const TermOptions& options, Request& request)
{
    const auto length = parse_ban_length(options.length);
    if (!length) return Error{"--for: " + length.error().message};
    if (options.reason.size() > kMaxReasonLength)
        return Error{"--reason: at most " + std::to_string(kMaxReasonLength) + " bytes"};
    request.length = *length;
    request.reason = options.reason;
    return Done{};
}

namespace {

using nlohmann::ordered_json;

// One reply that says ok, or why there is none.
Asked fetch(const DaemonOptions& options, const Request& request)
{
    const auto reply = io::ask_daemon(options.socket, request);
    if (reply.line.empty()) {
        const bool is_absent = reply.why == io::NoReply::not_running;
        return {is_absent ? kNotRunning : kFailed, {}, reply.error};
    }
    auto object = ordered_json::parse(reply.line, nullptr, false);
    if (!object.is_object() || !object.contains("ok")) {
        return {kFailed,
                {},
                "the daemon's reply cannot be read; restart the daemon if it is an older version"};
    }
    // A long list takes a reader's whole share of the daemon's time; it waits for more of it.
    const bool may_wait = !request.page.after.empty() && object.contains("again_in_seconds");
    if (!object["ok"].get<bool>() && !may_wait) {
        const bool is_mistaken = object.value("mistakes", false);
        return {is_mistaken ? kWrongUsage : kFailed, {}, object.value("error", "refused")};
    }
    return {kDone, std::move(object), {}};
}

void print_result(const DaemonOptions& options, const ordered_json& result,
                  const std::function<void(const ordered_json& result)>& print)
{
    if (options.json) {
        std::cout << ascii_json(result) << '\n';
    } else {
        print(result);
    }
}

}  // namespace

namespace {

Asked take_pages(const DaemonOptions& options, Request request,
                 const std::function<void(const ordered_json& result)>& take)
{
    for (int waits = 0; waits < kMostWaits;) {
        const auto fetched = fetch(options, request);
        if (fetched.code != kDone) return fetched;
        const auto& object = fetched.result;
        if (object.contains("again_in_seconds")) {
            const auto seconds = object["again_in_seconds"].get<std::int64_t>();
            std::this_thread::sleep_for(
                std::chrono::seconds(std::clamp<std::int64_t>(seconds, 1, kLongestWait)));
            ++waits;
            continue;
        }
        take(object.at("result"));
        // A daemon of before knows no pages.
        const auto next = object.find("next");
        if (next == object.end() || !next->is_string()) return {};
        request.page.after = next->get<std::string>();
        if (!std::cout) return {kFailed, {}, {}};
    }
    return {kFailed, {}, "the daemon is too busy to send the rest of the list; try again later"};
}

}  // namespace

Asked ask_quietly(const DaemonOptions& options, const Request& request, const Join& join)
{
    std::optional<ordered_json> all;
    auto outcome = take_pages(options, request, [&](const ordered_json& result) {
        if (all) {
            join(*all, result);
        } else {
            all = result;
        }
    });
    if (outcome.code == kDone) outcome.result = std::move(*all);
    return outcome;
}

int ask(const DaemonOptions& options, const Request& request,
        const std::function<void(const ordered_json& result)>& print)
{
    const auto fetched = fetch(options, request);
    if (fetched.code != kDone) return fail(fetched.code, fetched.error);
    print_result(options, fetched.result.at("result"), print);
    return kDone;
}

int ask_each(const DaemonOptions& options, Request request,
             const std::function<void(const ordered_json& result)>& take)
{
    const auto outcome = take_pages(options, std::move(request), take);
    return outcome.code == kDone || outcome.error.empty() ? outcome.code
                                                          : fail(outcome.code, outcome.error);
}

int ask_all(const DaemonOptions& options, const Request& request, const Join& join,
            const std::function<void(const ordered_json& result)>& print)
{
    const auto outcome = ask_quietly(options, request, join);
    if (outcome.code != kDone) return fail(outcome.code, outcome.error);
    print_result(options, outcome.result, print);
    return kDone;
}

void append(ordered_json& list, const ordered_json& further)
{
    list.insert(list.end(), further.begin(), further.end());
}

}  // namespace mailban::cli
