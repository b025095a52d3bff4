#include "mailban/firewall/command.h"

#include <algorithm>
#include <charconv>

namespace mailban {

namespace {

// nullopt: not ours to fill in.
std::optional<std::string> command_value_of(std::string_view placeholder,
                                            const CommandValues& values, std::uint16_t port)
{
    if (placeholder == "{ports}") return values.ports.list();
    if (placeholder == "{port}") return std::to_string(port);
    if (!values.prefix) return std::nullopt;
    const Prefix& prefix = *values.prefix;
    if (placeholder == "{address}") return prefix.base().to_string();
    if (placeholder == "{prefix}") return prefix.to_string();
    if (placeholder == "{length}") return std::to_string(prefix.length());
    if (placeholder == "{family}") return prefix.is_v4() ? "ipv4" : "ipv6";
    if (placeholder == "{version}") return prefix.is_v4() ? "4" : "6";
    if (placeholder == "{seconds}") return std::to_string(values.left.count());
    return std::nullopt;
}

CommandStep filled_step(const CommandStep& step, const CommandValues& values, std::uint16_t port)
{
    const auto value = [&](std::string_view placeholder) {
        return command_value_of(placeholder, values, port);
    };
    return {filled_in(step.run, value), filled_in(step.only_if, value),
            filled_in(step.unless, value)};
}

bool has_placeholder(const ArgumentVector& words, std::string_view placeholder)
{
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return word.find(placeholder) != std::string::npos;
    });
}

std::string_view next_word(std::string_view& line)
{
    constexpr std::string_view kBlank = " \t\r";
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    const auto word = line.substr(0, line.find_first_of(kBlank));
    line.remove_prefix(word.size());
    return word;
}

Until parse_end(std::string_view rest, Timestamp now)
{
    auto word = next_word(rest);
    if (word == "timeout") word = next_word(rest);
    std::uint32_t seconds = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
    if (word.empty() || error != std::errc{} || stop != word.data() + word.size())
        return std::nullopt;
    return now + std::chrono::seconds(seconds);
}

}  // namespace

const std::vector<std::string_view>& command_placeholders()
{
    static const std::vector<std::string_view> all{"{address}", "{prefix}",  "{length}", "{family}",
                                                   "{version}", "{seconds}", "{ports}",  "{port}"};
    return all;
}

bool has_placeholder(const CommandSteps& steps, std::string_view placeholder)
{
    return std::any_of(steps.begin(), steps.end(), [&](const CommandStep& step) {
        return has_placeholder(step.run, placeholder) ||
               has_placeholder(step.only_if, placeholder) ||
               has_placeholder(step.unless, placeholder);
    });
}

KeepsTime keeps_time_of(const CommandSet& commands)
{
    return has_placeholder(commands.ban, "{seconds}") ? KeepsTime::yes : KeepsTime::no;
}

bool tells_ports_apart(const CommandSet& commands)
{
    const auto says_ports = [](const CommandSteps& steps) {
        return has_placeholder(steps, "{ports}") || has_placeholder(steps, "{port}");
    };
    return says_ports(commands.ban) && says_ports(commands.unban) && says_ports(commands.list);
}

bool can_ban_blocks(const CommandSet& commands)
{
    return has_placeholder(commands.ban, "{prefix}") || has_placeholder(commands.ban, "{length}");
}

CommandSteps filled_in(const CommandSteps& steps, const CommandValues& values)
{
    CommandSteps result;
    for (const auto& step : steps) {
        if (!has_placeholder({step}, "{port}")) {
            result.push_back(filled_step(step, values, 0));
            continue;
        }
        for (const auto port : values.ports.ports)
            result.push_back(filled_step(step, values, port));
    }
    return result;
}

std::chrono::seconds seconds_left(Until until, Timestamp now, Duration longest)
{
    using std::chrono::seconds;
    const auto most = std::chrono::floor<seconds>(longest);
    if (!until) return most;
    return std::clamp(std::chrono::ceil<seconds>(*until - now), seconds(1), most);
}

std::vector<Held> parse_command_list(std::string_view listing, Timestamp now)
{
    std::vector<Held> held;
    while (!listing.empty()) {
        auto line = listing.substr(0, listing.find('\n'));
        listing.remove_prefix(std::min(listing.size(), line.size() + 1));
        if (const auto prefix = Prefix::parse(next_word(line)))
            held.push_back({*prefix, parse_end(line, now)});
    }
    return held;
}

}  // namespace mailban
