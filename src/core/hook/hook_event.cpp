#include "mailban/hook/hook_event.h"

namespace mailban {

namespace {

std::string text_of(const Until& until)
{
    return until ? format_timestamp(*until) : "forever";
}

// A name that begins like an option could change what the program does.
std::string as_argument(const std::string& account)
{
    return account.starts_with('-') ? "an account with an unusual name" : account;
}

// nullopt: not about a client.
std::optional<std::string> client_value(std::string_view placeholder,
                                        const std::optional<Prefix>& prefix)
{
    if (placeholder == "{prefix}") return prefix ? prefix->to_string() : "";
    if (placeholder == "{address}") return prefix ? prefix->base().to_string() : "";
    return std::nullopt;
}

std::optional<std::string> value_of(std::string_view placeholder, const HookEvent& hook_event)
{
    if (placeholder == "{event}")
        return std::string(happening_names()[static_cast<std::size_t>(hook_event.kind)]);
    if (placeholder == "{time}") return format_timestamp(hook_event.at);
    if (placeholder == "{rule}") return hook_event.rule;
    if (placeholder == "{count}") return hook_event.count ? std::to_string(*hook_event.count) : "";
    if (placeholder == "{until}") return hook_event.until ? text_of(*hook_event.until) : "";
    if (placeholder == "{account}") return as_argument(hook_event.account);
    if (placeholder == "{why}") return hook_event.why;
    return client_value(placeholder, hook_event.prefix);
}

}  // namespace

const std::vector<std::string_view>& happening_names()
{
    static const std::vector<std::string_view> all{
        "ban",      "unban",       "stale_password", "hijacked_account", "outage", "outage_over",
        "degraded", "ineffective", "blind",          "would_ban"};
    return all;
}

const std::vector<std::string_view>& hook_placeholders()
{
    static const std::vector<std::string_view> all{"{event}",   "{time}",    "{prefix}",
                                                   "{address}", "{rule}",    "{count}",
                                                   "{until}",   "{account}", "{why}"};
    return all;
}

ArgumentVector filled_in(const ArgumentVector& words, const HookEvent& hook_event)
{
    return filled_in(words, [&hook_event](std::string_view placeholder) {
        return value_of(placeholder, hook_event);
    });
}

}  // namespace mailban
