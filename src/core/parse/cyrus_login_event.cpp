#include "mailban/scan.h"

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

struct Login {
    std::optional<IpAddress> client{};
    std::optional<std::string_view> account{};
    std::string_view error{};
    bool anonymous = false;
};

// nullopt: the fields do not go to the end of the line.
std::optional<Login> read_fields(std::string_view text) noexcept
{
    Login login;
    while (!text.empty()) {
        const auto field = take_field(text);
        if (!field) return std::nullopt;
        if (field->key == "r.clienthost") login.client = whole_client(field->value);
        if (field->key == "u.username") login.account = field->value;
        if (field->key == "error") login.error = field->value;
        if (field->key == "login.anonymous") login.anonymous = true;
    }
    return login;
}

std::optional<EventKind> kind_of(const Login& login) noexcept
{
    if (login.error.ends_with("invalid user")) return EventKind::auth_failure;
    return kind_of_cyrus_error(login.error);
}

}  // namespace

std::optional<Event> read_cyrus_login_event(std::string_view text)
{
    const bool good = take(text, "event=login.good ");
    if (!good && !take(text, "event=login.bad ")) return std::nullopt;
    const auto login = read_fields(text);
    // An anonymous one shows what was given for a password, and nobody's account.
    if (!login || !login->client || login->anonymous) return std::nullopt;
    const auto kind = good ? EventKind::auth_success : kind_of(*login);
    if (!kind) return std::nullopt;
    Event event;
    event.ip = *login->client;
    event.kind = *kind;
    if (login->account && *login->account != "-notset-")
        event.account = std::string(*login->account);
    return event;
}

}  // namespace mailban
