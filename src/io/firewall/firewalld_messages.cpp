#include "io/firewall/firewalld_messages.h"

#include "mailban/firewall/firewalld.h"
#include "mailban/words.h"

#include <string_view>
#include <utility>

namespace mailban::io {

bool is_kind(const Error& error, std::string_view name)
{
    return contains(error.kind, name);
}

Error explained(const Error& error)
{
    if (is_kind(error, "ServiceUnknown") || is_kind(error, "NameHasNoOwner"))
        return Error{"firewalld is not running", error.kind};
    if (is_kind(error, "NotAuthorized") || is_kind(error, "AccessDenied"))
        return Error{
            "firewalld allows this user no changes; polkit or its rule 49-mailban.rules is "
            "missing: " +
                error.message,
            error.kind};
    return Error{"firewalld: " + error.message, error.kind};
}

std::string indented(const std::vector<std::string>& lines)
{
    std::string text;
    for (const auto& line : lines)
        text += "    " + line + '\n';
    return text;
}

void append_strings(sd_bus_message* message, const std::vector<std::string>& strings)
{
    sd_bus_message_open_container(message, 'a', "s");
    for (const auto& text : strings)
        sd_bus_message_append(message, "s", text.c_str());
    sd_bus_message_close_container(message);
}

Result<std::vector<std::string>> read_strings(sd_bus_message* message)
{
    std::vector<std::string> strings;
    if (sd_bus_message_enter_container(message, 'a', "s") < 0)
        return Error{"an unexpected reply, expected a list of strings"};
    const char* text = nullptr;
    while (sd_bus_message_read(message, "s", &text) > 0)
        strings.emplace_back(text);
    sd_bus_message_exit_container(message);
    return strings;
}

FirewalldPolicy read_firewalld_policy(sd_bus_message* message)
{
    FirewalldPolicy policy;
    if (sd_bus_message_enter_container(message, 'a', "{sv}") < 0) return policy;
    while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
        const char* key = nullptr;
        sd_bus_message_read(message, "s", &key);
        if (key == std::string_view("priority")) {
            sd_bus_message_read(message, "v", "i", &policy.priority);
        } else if (key == std::string_view("rich_rules")) {
            sd_bus_message_enter_container(message, 'v', "as");
            if (auto rules = read_strings(message)) policy.rules = std::move(*rules);
            sd_bus_message_exit_container(message);
        } else {
            sd_bus_message_skip(message, "v");
        }
        sd_bus_message_exit_container(message);
    }
    return policy;
}

void append_firewalld_policy(sd_bus_message* message, const PortGroups& ports)
{
    sd_bus_message_open_container(message, 'a', "{sv}");
    sd_bus_message_append(message, "{sv}", "short", "s", kFirewalldPolicy);
    sd_bus_message_append(message, "{sv}", "description", "s",
                          "Shuts out the clients that mailban has banned.");
    sd_bus_message_append(message, "{sv}", "priority", "i", kFirewalldPriority);
    sd_bus_message_append(message, "{sv}", "target", "s", "CONTINUE");
    sd_bus_message_append(message, "{sv}", "ingress_zones", "as", 1, "ANY");
    sd_bus_message_append(message, "{sv}", "egress_zones", "as", 1, "HOST");
    sd_bus_message_open_container(message, 'e', "sv");
    sd_bus_message_append(message, "s", "rich_rules");
    sd_bus_message_open_container(message, 'v', "as");
    append_strings(message, firewalld_rules(ports));
    for (int depth = 0; depth < 3; ++depth)
        sd_bus_message_close_container(message);
}

void append_firewalld_rules(sd_bus_message* message, const PortGroups& ports)
{
    sd_bus_message_append(message, "s", kFirewalldPolicy);
    sd_bus_message_open_container(message, 'a', "{sv}");
    sd_bus_message_open_container(message, 'e', "sv");
    sd_bus_message_append(message, "s", "rich_rules");
    sd_bus_message_open_container(message, 'v', "as");
    append_strings(message, firewalld_rules(ports));
    for (int depth = 0; depth < 3; ++depth)
        sd_bus_message_close_container(message);
}

}  // namespace mailban::io
