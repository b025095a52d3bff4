#include "mailban/parse/scan.h"

#include <string>

#include "bracketed_client.h"
#include "cyrus_messages.h"

namespace mailban {

namespace {

struct Field {
    std::string_view key{};
    std::string_view value{};  // escapes as they are
};

// `"…"`: a backslash takes the meaning of what follows it.
std::optional<std::string_view> take_quoted(std::string_view& text) noexcept
{
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '"') {
            const auto value = text.substr(1, at - 1);
            text.remove_prefix(at + 1);
            return value;
        }
    }
    return std::nullopt;
}

// Eats `key=value` or `key="va lue"` and the blank behind it.
std::optional<Field> take_field(std::string_view& text) noexcept
{
    Field field;
    field.key = take_until(text, '=');
    if (!take(text, "=")) return std::nullopt;
    if (text.starts_with('"')) {
        const auto value = take_quoted(text);
        if (!value) return std::nullopt;
        field.value = *value;
    } else {
        field.value = take_until(text, ' ');
    }
    if (!text.empty() && !take(text, " ")) return std::nullopt;
    return field;
}

std::optional<IpAddress> whole_client(std::string_view text) noexcept
{
    const auto ip = take_bracketed_client(text);
    return text.empty() ? ip : std::nullopt;
}

}  // namespace

std::optional<Event> read_cyrus_login_event(std::string_view text)
{
    const bool good = take(text, "event=login.good ");
    if (!good && !take(text, "event=login.bad ")) return std::nullopt;
    std::optional<IpAddress> ip;
    std::optional<std::string_view> account;
    std::optional<EventKind> kind;
    if (good) kind = EventKind::auth_success;
    while (!text.empty()) {
        const auto field = take_field(text);
        if (!field) return std::nullopt;
        if (field->key == "r.clienthost" && !ip) ip = whole_client(field->value);
        if (field->key == "u.username" && !account) account = field->value;
        if (field->key == "login.anonymous") return std::nullopt;
        if (field->key == "error" && !good)
            kind = field->value.ends_with("invalid user")
                       ? EventKind::auth_failure
                       : kind_of_cyrus_error(field->value, account);
    }
    if (!ip || !kind) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.kind = *kind;
    if (account && account != "-notset-") event.account = std::string(*account);
    return event;
}

}  // namespace mailban
