// `mailban health`: one line for monitoring, with the exit codes and figures that plugins of Nagios
// and its like have.
#include "cli/command.h"
#include "io/control/client.h"
#include "mailban/ascii_json.h"
#include "mailban/utf8.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

namespace mailban::cli {

namespace {

using nlohmann::ordered_json;

constexpr int kCritical = 2;
constexpr int kUnknown = 3;
constexpr std::array<const char*, 4> kGrades{"OK", "WARNING", "CRITICAL", "UNKNOWN"};

// What goes out: a grade, a sentence, and what was measured.
struct Answer {
    int code = kUnknown;
    std::string text{};
    ordered_json findings = ordered_json::array();
    ordered_json figures = ordered_json::object();
};

Answer plain(int code, const std::string& text)
{
    Answer answer;
    answer.code = code;
    answer.text = text;
    return answer;
}

int code_of(const ordered_json& grade)
{
    for (std::size_t code = 0; code < kGrades.size(); ++code)
        if (grade == kGrades[code]) return static_cast<int>(code);
    return kUnknown;
}

std::string well(const ordered_json& status)
{
    return status.at("active_bans").dump() + " banned, firewall " +
           status.at("firewall").at("backend").get<std::string>() + " ok";
}

Answer read_status(const ordered_json& status)
{
    // A daemon of an earlier version has none.
    if (!status.contains("health"))
        return plain(kUnknown,
                     "the daemon does not report its health; restart it, it is an older version");
    const auto& health = status.at("health");
    Answer answer;
    answer.code = code_of(health.at("grade"));
    answer.findings = health.at("findings");
    for (const auto& finding : answer.findings)
        answer.text += (answer.text.empty() ? "" : "; ") + finding.at("text").get<std::string>();
    if (answer.text.empty()) answer.text = well(status);
    answer.figures = {{"bans", status.at("active_bans")},
                      {"failures", status.at("events").value("auth_failure", std::uint64_t{0})},
                      {"lag_seconds", health.at("lag_seconds")},
                      {"attempts_despite_ban", status.at("attempts_despite_ban")}};
    return answer;
}

Answer ask_health(const DaemonOptions& options)
{
    Request request{Verb::status};
    // The health is of all logs, whatever page is asked for.
    request.page.most = 1;
    const auto reply = io::ask_daemon(options.socket, request);
    if (reply.line.empty()) {
        const bool is_down = reply.why == io::NoReply::not_running;
        return plain(is_down ? kCritical : kUnknown, reply.error);
    }
    const auto object = ordered_json::parse(reply.line, nullptr, false);
    if (!object.is_object() || !object.contains("ok"))
        return plain(kUnknown, "the daemon's reply cannot be read");
    if (object["ok"] != true) return plain(kUnknown, object.value("error", "refused"));
    return read_status(object.at("result"));
}

// "bans=3;;;0 failures=12c;;;0 lag=0.42s;;; attempts_despite_ban=0c;;;0": a counter has the unit c.
std::string performance(const ordered_json& figures)
{
    if (figures.empty()) return {};
    std::string text = " | bans=" + figures.at("bans").dump() +
                       ";;;0 failures=" + figures.at("failures").dump() + "c;;;0";
    if (const auto& lag = figures.at("lag_seconds"); lag.is_number()) {
        std::array<char, 32> buffer{};
        std::snprintf(buffer.data(), buffer.size(), "%.3f", lag.get<double>());
        text += " lag=" + std::string(buffer.data()) + "s";
    }
    return text + " attempts_despite_ban=" + figures.at("attempts_despite_ban").dump() + "c;;;0";
}

// A bar would begin the figures.
std::string without_bars(std::string text)
{
    for (char& sign : text)
        if (sign == '|' || sign == '\n') sign = '/';
    return text;
}

int health(const DaemonOptions& options)
{
    const Answer answer = ask_health(options);
    const char* const grade = kGrades[static_cast<std::size_t>(answer.code)];
    if (options.json) {
        ordered_json result{{"grade", grade},
                            {"code", answer.code},
                            {"text", answer.text},
                            {"findings", answer.findings}};
        result.update(answer.figures);
        std::cout << ascii_json(result) << '\n';
    } else {
        std::cout << "MAILBAN " << grade << " - " << printable(without_bars(answer.text))
                  << performance(answer.figures) << '\n';
    }
    return answer.code;
}

}  // namespace

void add_health(CLI::App& app, Action& action)
{
    auto* command = app.add_subcommand(
        "health", "One line for monitoring; exit code 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN");
    auto options = std::make_shared<DaemonOptions>();
    add_socket_option(*command, *options);
    add_json_option(*command, *options);
    command->callback([options, &action] { action = [options] { return health(*options); }; });
}

}  // namespace mailban::cli
