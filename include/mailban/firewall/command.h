// What the `command` backend says to an administrator's own programs, and how it reads the answer.
// Values and text only; nothing here runs a program.
//
// The programs are argument vectors with placeholders inside their arguments. What a placeholder
// becomes is printed anew from a Prefix or a number, so it holds digits, letters a to f, dots,
// colons, a slash and commas, and nothing else ever.
#pragma once

#include "mailban/firewall/argument_vector.h"
#include "mailban/firewall/plan.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// One program to run, perhaps only if another one succeeds, or fails.
struct CommandStep {
    ArgumentVector run{};
    ArgumentVector only_if{};  // left out where this ends with anything but 0
    ArgumentVector unless{};   // left out where this ends with 0
    bool operator==(const CommandStep&) const = default;
};

using CommandSteps = std::vector<CommandStep>;

struct CommandSet {
    CommandSteps prepare{};
    CommandSteps ban{};
    CommandSteps unban{};
    CommandSteps extend{};  // another end for a ban that stands; empty: unban, then ban
    CommandSteps list{};
    CommandSteps remove{};                           // empty: unban whatever is listed
    Duration time_limit = std::chrono::seconds(10);  // of one program
    // What {seconds} is at most; nft takes no number of more than eight digits.
    Duration longest = std::chrono::hours(24 * 1000);
    bool operator==(const CommandSet&) const = default;
};

// What placeholders become. Without a prefix those of a ban stay as they are.
struct CommandValues {
    std::optional<Prefix> prefix{};
    std::chrono::seconds left{};
    PortSet ports{};
};

// {address}: the prefix's first address. {prefix}: with its length, always. {length}: that alone.
// {family}: ipv4 or ipv6. {version}: 4 or 6. {seconds}: what is left of the ban. {ports}: joined by
// commas. {port}: a step that has it is run once for each port.
const std::vector<std::string_view>& command_placeholders();

// Whether any of the steps has this placeholder, written "{seconds}".
bool has_placeholder(const CommandSteps& steps, std::string_view placeholder);

// Whether the programs end bans by themselves: `ban` says {seconds}.
KeepsTime keeps_time_of(const CommandSet& commands);
// Whether they keep bans of other ports apart: ban, unban and list all say {ports} or {port}. Where
// they do not, a ban closes what their firewall closes.
bool tells_ports_apart(const CommandSet& commands);
// Whether they can shut out blocks: `ban` says more than {address}.
bool can_ban_blocks(const CommandSet& commands);

CommandSteps filled_in(const CommandSteps& steps, const CommandValues& values);

// What is left of a ban in whole seconds, rounded up, 1 to `longest`.
std::chrono::seconds seconds_left(Until until, Timestamp now, Duration longest);

// One prefix a line, as its first word; "timeout 59" or a bare 59 behind it are the seconds that
// are left. Lines that begin with anything else (headings, others' entries) are passed over.
std::vector<Held> parse_command_list(std::string_view listing, Timestamp now);

}  // namespace mailban
