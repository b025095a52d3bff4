#include "mailban/hook/journal_fields.h"

#include "mailban/detect/account.h"
#include "mailban/plural.h"

#include <array>

namespace mailban {

namespace {

// In the order of the kinds.
constexpr std::array<std::string_view, kHappeningKinds> kMessageIds{
    "26b08e7998504fb8ad5998d9c09c436d", "47779728049544998e99e060e30680bd",
    "bd82abd3639143b592d497832ae2c90d", "f2771863f09447be956aa1977a6ba4c3",
    "1f98c9ad591f4593a58ef6b43edab7a2", "ae43458f1f224d50a12bdc8baff939d4",
    "e7d876409e354c3ca81ae2a5c91cbf56", "d45115efe2b74436aa01260e053a3cb5",
    "224ed8217ab94fcc9d932b8e3450731f", "86dc1c02e51148aebfa1d299bb642313"};

void add_field(std::vector<std::string>& fields, const char* name, const std::string& value)
{
    if (!value.empty()) fields.push_back("MAILBAN_" + std::string(name) + '=' + value);
}

}  // namespace

std::string_view message_id(HookEvent::Kind kind)
{
    return kMessageIds.at(static_cast<std::size_t>(kind));
}

std::vector<std::string> journal_fields(const HookEvent& hook_event)
{
    std::vector<std::string> fields{"MESSAGE_ID=" + std::string(message_id(hook_event.kind))};
    const auto kind = static_cast<std::size_t>(hook_event.kind);
    add_field(fields, "EVENT", std::string(happening_names().at(kind)));
    if (const auto& prefix = hook_event.prefix) {
        add_field(fields, "ADDRESS",
                  prefix->is_host() ? prefix->base().to_string() : prefix->to_string());
        add_field(fields, "PREFIX", prefix->to_string());
    }
    add_field(fields, "RULE", hook_event.rule);
    if (hook_event.count) add_field(fields, "COUNT", std::to_string(*hook_event.count));
    if (const auto& until = hook_event.until)
        add_field(fields, "UNTIL", *until ? format_timestamp(**until) : "forever");
    add_field(fields, "ACCOUNT", hook_event.account);
    add_field(fields, "WHY", hook_event.why);
    return fields;
}

std::vector<std::string> journal_fields(const Event& event)
{
    std::vector<std::string> fields;
    add_field(fields, "EVENT", std::string(to_string(event.kind)));
    add_field(fields, "ADDRESS", event.ip.to_string());
    if (event.account) add_field(fields, "ACCOUNT", shown_account(*event.account));
    add_field(fields, "SERVER", std::string(to_string(event.server)));
    add_field(fields, "SERVICE", std::string(to_string(event.service)));
    add_field(fields, "COUNT", std::to_string(event.attempts));
    return fields;
}

std::string debug_text(const Event& event)
{
    std::string text = std::string(to_string(event.kind)) + ' ' + event.ip.to_string();
    if (event.account) text += ", account " + shown_account(*event.account);
    text.append(", ").append(to_string(event.server)).append(" ").append(to_string(event.service));
    if (event.attempts != 1) text += ", " + plural(event.attempts, "attempt", "attempts");
    return text;
}

}  // namespace mailban
