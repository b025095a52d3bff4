// firewall_probe: one verb of one backend, from the command line, for tests against real firewalls.
//
//   firewall_probe [--ports 25,465|all] [--forward] [--config FILE] BACKEND prepare
//   firewall_probe [--ports ...] BACKEND list
//   firewall_probe [--ports ...] BACKEND add [--for SECONDS] PREFIX...
//   firewall_probe [--ports ...] BACKEND remove PREFIX...
//   firewall_probe [--ports ...] BACKEND remove_all
//   firewall_probe [--ports ...] BACKEND describe
//   firewall_probe [--ports ...] BACKEND kill PREFIX...     ends their connections
//   firewall_probe [--ports ...] BACKEND watch SECONDS      prints each sign of outside change
//   firewall_probe [--ports ...] BACKEND keep SECONDS PREFIX...   bans through an Enforcer
//   firewall_probe [--ports ...] BACKEND widen SECONDS PREFIX@1...   the same, but after a line on
//                                                           stdin in the first group of ports
//   firewall_probe [--ports ...] BACKEND time ADDED HELD    adds one by one to a set of HELD
//
//   firewall_probe [--ports ...] BACKEND batch COUNT HELD   COUNT bans in one plan on top of HELD
//
// A PREFIX may have the number of a group of ports behind it, "192.0.2.7@1": 0, as without, are
// those of
// --ports, 1 the same but 25.
//
// BACKEND is nftables, firewalld, ufw, command (as FILE, a configuration, says it), dry-run or
// auto. Exit codes: 0 done, 1 failed, 2 wrong usage.
#include "io/firewall/choose.h"
#include "io/firewall/socket_killer.h"
#include "io/run.h"
#include "mailban/config/load.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

namespace {

using Words = std::vector<std::string>;

struct Arguments {
    FirewallConfig config{};
    std::string verb{};
    std::optional<std::chrono::seconds> lasting{};
    long number = 0;
    long second_number = 0;
    std::vector<Held> bans{};
};

Timestamp now()
{
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::optional<long> number(const std::string& text)
{
    long value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<Backend> backend(const std::string& name)
{
    for (const auto one : {Backend::automatic, Backend::nftables, Backend::firewalld, Backend::ufw,
                           Backend::command, Backend::dry_run})
        if (name == to_string(one)) return one;
    return std::nullopt;
}

PortSet ports(std::string text)
{
    if (text == "all") return {true, {}};
    PortSet set;
    std::replace(text.begin(), text.end(), ',', ' ');
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(' ', at), text.size());
        set.ports.push_back(static_cast<std::uint16_t>(number(text.substr(at, end - at)).value()));
        at = end + 1;
    }
    std::sort(set.ports.begin(), set.ports.end());
    return set;
}

std::string text_of(const std::string& path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::optional<Arguments> read_arguments(Words words)
{
    Arguments arguments;
    arguments.config.forward = Forward::no;  // not whatever is found here
    if (words.size() > 1 && words[0] == "--ports") {
        arguments.config.ports = ports(words[1]);
        words.erase(words.begin(), words.begin() + 2);
    }
    if (!words.empty() && words[0] == "--forward") {
        arguments.config.forward = Forward::yes;
        words.erase(words.begin());
    }
    if (words.size() > 1 && words[0] == "--config") {
        const auto loaded = load_config("sources: [{file: /log}]\n" + text_of(words[1]), words[1]);
        if (const auto* errors = std::get_if<std::vector<ConfigError>>(&loaded))
            std::cerr << to_string(errors->front()) << '\n';
        if (const auto* config = std::get_if<Config>(&loaded))
            arguments.config.command = config->firewall.command;
        words.erase(words.begin(), words.begin() + 2);
    }
    if (words.size() < 2) return std::nullopt;
    const auto named = backend(words[0]);
    if (!named) return std::nullopt;
    arguments.config.backend = *named;
    arguments.verb = words[1];
    words.erase(words.begin(), words.begin() + 2);
    if (words.size() > 1 && words[0] == "--for") {
        arguments.lasting = std::chrono::seconds(number(words[1]).value());
        words.erase(words.begin(), words.begin() + 2);
    }
    for (long* into : {&arguments.number, &arguments.second_number}) {
        if (words.empty() || !number(words[0])) break;
        *into = *number(words[0]);
        words.erase(words.begin());
    }
    for (const auto& word : words) {
        const auto at = std::min(word.find('@'), word.size());
        const auto prefix = Prefix::parse(word.substr(0, at));
        const auto group = at == word.size() ? 0 : number(word.substr(at + 1));
        if (!prefix || !group) return std::nullopt;
        arguments.bans.push_back({*prefix, {}, static_cast<PortGroup>(*group)});
    }
    return arguments;
}

int report(const Status& status)
{
    if (status) return 0;
    std::cerr << status.error().message << '\n';
    return 1;
}

Plan plan_of(const Arguments& arguments, Change::Kind kind)
{
    Plan plan;
    for (const auto& ban : arguments.bans) {
        Until until;
        if (arguments.lasting && kind == Change::Kind::add) until = now() + *arguments.lasting;
        plan.push_back({kind, ban.prefix, until, ban.group});
    }
    return plan;
}

int print_list(asio::io_context& context, Firewall& firewall)
{
    const auto held = await_result(context, firewall.list(now()));
    if (!held) return report(held.error());
    for (const auto& one : *held) {
        std::cout << one.prefix.to_string();
        if (one.group > 0) std::cout << " @" << int{one.group};
        if (one.until) std::cout << ' ' << format_timestamp(*one.until);
        std::cout << '\n';
    }
    return 0;
}

int watch(asio::io_context& context, Firewall& firewall, const Arguments& arguments)
{
    firewall.on_disturbed([](std::string_view why) { std::cout << why << std::endl; });
    if (const int code = report(await_result(context, firewall.prepare())); code != 0) return code;
    std::cout << "watching" << std::endl;
    context.restart();
    context.run_for(std::chrono::seconds(arguments.number));
    return 0;
}

int keep(asio::io_context& context, const Arguments& arguments, bool widens)
{
    const auto enforcer =
        make_enforcer(context.get_executor(), arguments.config, PrefixLengths{}, now);
    for (const auto& ban : arguments.bans)
        enforcer->set(ban.prefix, {ban.until, ban.group});
    bool is_started = false;
    asio::co_spawn(context, enforcer->start(), [&is_started](std::exception_ptr) {
        std::cout << "keeping" << std::endl;
        is_started = true;
    });
    if (widens) {
        while (!is_started)
            context.run_one();
        std::string line;
        std::getline(std::cin, line);
        for (const auto& ban : arguments.bans)
            enforcer->set(ban.prefix, {ban.until, 0});
        std::cout << "widened" << std::endl;
    }
    context.run_for(std::chrono::seconds(arguments.number));
    const auto status = enforcer->status();
    asio::co_spawn(context, enforcer->finish(), [&](std::exception_ptr) { context.stop(); });
    context.run();
    std::cout << status.backend << " held " << status.held << ", pending " << status.pending
              << ", cut " << status.cut << ", failed " << status.failed << ' ' << status.reason
              << '\n';
    return status.degraded ? 1 : 0;
}

Prefix numbered(long index)
{
    const auto byte = [index](int shift) { return static_cast<std::uint8_t>(index >> shift); };
    return Prefix::host(IpAddress::v4(11, byte(16), byte(8), byte(0)));
}

double milliseconds_of(asio::io_context& context, Firewall& firewall, Plan plan)
{
    const auto began = std::chrono::steady_clock::now();
    report(await_result(context, firewall.apply(std::move(plan), now())));
    const std::chrono::duration<double, std::milli> taken =
        std::chrono::steady_clock::now() - began;
    return taken.count();
}

// Bans HELD addresses in one plan, then ADDED one by one, and takes all of it away.
int measure(asio::io_context& context, Firewall& firewall, const Arguments& arguments)
{
    if (const int code = report(await_result(context, firewall.prepare())); code != 0) return code;
    Plan plan;
    const long held = arguments.second_number;
    for (long i = 0; i < held; ++i)
        plan.push_back({Change::Kind::add, numbered(i), now() + std::chrono::hours(1)});
    const double filled = held > 0 ? milliseconds_of(context, firewall, plan) : 0;

    std::vector<double> each;
    for (long i = 0; i < arguments.number; ++i) {
        Plan one{{Change::Kind::add, numbered(held + i), now() + std::chrono::hours(1)}};
        each.push_back(milliseconds_of(context, firewall, std::move(one)));
    }
    std::sort(each.begin(), each.end());
    const auto began = std::chrono::steady_clock::now();
    const auto listed = await_result(context, firewall.list(now()));
    const std::chrono::duration<double, std::milli> listing =
        std::chrono::steady_clock::now() - began;
    std::printf(
        "%ld in one plan %.1f ms; then one by one: median %.2f ms, longest %.2f ms; "
        "listing %zu took %.1f ms\n",
        held, filled, each.empty() ? 0 : each[each.size() / 2], each.empty() ? 0 : each.back(),
        listed ? listed->size() : 0, listing.count());
    return report(await_result(context, firewall.remove_all()));
}

// COUNT bans in one plan on top of HELD: what a backend's batch costs beside one by one.
int measure_batch(asio::io_context& context, Firewall& firewall, const Arguments& arguments)
{
    if (const int code = report(await_result(context, firewall.prepare())); code != 0) return code;
    const auto plan_from = [](long first, long count, Change::Kind kind) {
        Plan plan;
        for (long i = first; i < first + count; ++i)
            plan.push_back({kind, numbered(i), now() + std::chrono::hours(1)});
        return plan;
    };
    const long held = arguments.second_number;
    const long count = arguments.number;
    milliseconds_of(context, firewall, plan_from(0, held, Change::Kind::add));
    const double added =
        milliseconds_of(context, firewall, plan_from(held, count, Change::Kind::add));
    const double removed =
        milliseconds_of(context, firewall, plan_from(held, count, Change::Kind::remove));
    std::printf("%ld on top of %ld: added in %.1f ms, removed in %.1f ms\n", count, held, added,
                removed);
    return report(await_result(context, firewall.remove_all()));
}

int act(asio::io_context& context, std::unique_ptr<Firewall> firewall, const Arguments& arguments)
{
    const auto& verb = arguments.verb;
    if (verb == "choose") {
        std::cout << firewall->name() << '\n';
        return 0;
    }
    if (verb == "list") return print_list(context, *firewall);
    if (verb == "watch") return watch(context, *firewall, arguments);
    if (verb == "batch") return measure_batch(context, *firewall, arguments);
    if (verb == "describe") {
        const auto text = await_result(context, firewall->describe());
        if (text) std::cout << *text;
        return text ? 0 : report(text.error());
    }
    if (verb == "time") return measure(context, *firewall, arguments);
    if (verb == "prepare") return report(await_result(context, firewall->prepare()));
    if (verb == "remove_all") return report(await_result(context, firewall->remove_all()));
    if (verb == "kill") {
        BannedByPorts banned;
        for (const auto& ban : arguments.bans)
            banned[ban.group].insert(ban.prefix);
        const auto killed = SocketKiller(port_groups(arguments.config)).kill(banned);
        if (!killed) return report(killed.error());
        std::cout << *killed << '\n';
        return 0;
    }
    if (verb != "add" && verb != "remove") return 2;
    auto plan = plan_of(arguments, verb == "add" ? Change::Kind::add : Change::Kind::remove);
    return report(await_result(context, firewall->apply(std::move(plan), now())));
}

int run(Words words)
{
    const auto arguments = read_arguments(std::move(words));
    if (!arguments) {
        std::cerr << "usage: see the head of firewall_probe.cpp\n";
        return 2;
    }
    asio::io_context context;
    const bool widens = arguments->verb == "widen";
    if (widens || arguments->verb == "keep") return keep(context, *arguments, widens);
    auto firewall =
        await_result(context, choose_firewall(arguments->config, PrefixLengths{}, run_program));
    if (!firewall) return report(firewall.error());
    return act(context, std::move(*firewall), *arguments);
}

}  // namespace

}  // namespace mailban::io

int main(int argc, char** argv)
{
    return mailban::io::run({argv + 1, argv + argc});
}
