// firewalld's D-Bus messages, as much of them as mailban writes and reads.
#pragma once

#include "mailban/firewall/plan.h"
#include "mailban/result.h"

#include <systemd/sd-bus.h>

#include <cstdint>
#include <string>
#include <vector>

namespace mailban::io {

// Whether the name of an error of D-Bus or firewalld has `name` in it: "INVALID_POLICY".
bool is_kind(const Error& error, std::string_view name);
// The same error as an operator understands it.
Error explained(const Error& error);

// One line each, as `mailban firewall show` prints them below a heading.
std::string indented(const std::vector<std::string>& lines);

void append_strings(sd_bus_message* message, const std::vector<std::string>& strings);
Result<std::vector<std::string>> read_strings(sd_bus_message* message);

// What of a policy decides whether it is ours as it should be.
struct FirewalldPolicy {
    std::int32_t priority = 0;
    std::vector<std::string> rules{};
};

FirewalldPolicy read_firewalld_policy(sd_bus_message* message);

// Our policy's settings, all of them.
void append_firewalld_policy(sd_bus_message* message, const PortGroups& ports);
// Our policy's name, and of its settings only the rules.
void append_firewalld_rules(sd_bus_message* message, const PortGroups& ports);

}  // namespace mailban::io
