#include "cli/command.h"

#include "io/control/client.h"
#include "mailban/ascii_json.h"
#include "mailban/utf8.h"

#include <algorithm>
#include <iostream>
#include <string_view>

namespace mailban::cli {

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

void add_socket_option(CLI::App& command, DaemonOptions& options)
{
    command.add_option("--socket", options.socket, "The daemon's control socket")
        ->type_name("PATH")
        ->capture_default_str();
}

void add_json_option(CLI::App& command, DaemonOptions& options)
{
    command.add_flag("--json", options.json, "One line of JSON for programs");
}

void add_assurances(CLI::App& command, Assurances& assured)
{
    command.add_flag("--trusted-front-end", assured.trusted_front_end,
                     "As in a source of the configuration: believe SOGo's addresses");
    command.add_flag("--escaped-line-feeds", assured.escaped_line_feeds,
                     "As in a source of the configuration: no client ends a line of these logs");
}

void add_term_options(CLI::App& command, TermOptions& options)
{
    command.add_option("--for", options.length, "How long: 10m, 1h30m, 7d, forever")
        ->type_name("DURATION")
        ->capture_default_str();
    command.add_option("--reason", options.reason, "Why, for whoever asks later")
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

int ask(const DaemonOptions& options, const Request& request,
        const std::function<void(const nlohmann::ordered_json& result)>& print)
{
    const auto reply = io::ask_daemon(options.socket, request);
    if (reply.line.empty()) {
        return fail(reply.why == io::NoReply::not_running ? kNotRunning : kFailed, reply.error);
    }
    const auto object = nlohmann::ordered_json::parse(reply.line, nullptr, false);
    if (!object.is_object() || !object.contains("ok")) {
        return fail(kFailed, "the daemon's reply cannot be read; do daemon and command match?");
    }
    if (!object["ok"].get<bool>()) return fail(kFailed, object.value("error", "refused"));
    const auto& result = object.at("result");
    if (options.json) {
        std::cout << ascii_json(result) << '\n';
    } else {
        print(result);
    }
    return kDone;
}

}  // namespace mailban::cli
