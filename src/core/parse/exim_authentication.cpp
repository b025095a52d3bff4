#include "mailban/scan.h"

#include "exim_messages.h"

namespace mailban {

namespace {

constexpr std::string_view kSetId = " (set_id=";

EximStatement statement(EventKind kind, std::string_view code)
{
    return {kind, std::nullopt, ReplyCode::parse(code)};
}

std::optional<EventKind> kind_of_reply(std::string_view code) noexcept
{
    if (code == "535") return EventKind::auth_failure;
    if (code == "435" || code == "454") return EventKind::auth_unavailable;
    if (code == "501" || code == "503" || code == "553") return EventKind::abuse;
    return std::nullopt;
}

// "" or " (set_id=bob)". The account is raw: a closing parenthesis in it is its own.
std::optional<EximStatement> read_wrong_password(std::string_view rest)
{
    auto said = statement(EventKind::auth_failure, "535");
    if (rest.empty()) return said;
    if (!take(rest, kSetId) || !rest.ends_with(')')) return std::nullopt;
    said.account = rest.substr(0, rest.size() - 1);
    return said;
}

// ": why" or " (set_id=bob): why". Both the account and the reason can hold anything.
std::optional<EximStatement> read_back_end_failure(std::string_view rest)
{
    constexpr std::string_view kEnd = "): ";
    auto said = statement(EventKind::auth_unavailable, "435");
    if (rest.starts_with(": ")) return said;
    if (!take(rest, kSetId)) return std::nullopt;
    const auto end = rest.find(kEnd);
    if (end == std::string_view::npos) return std::nullopt;
    if (rest.find(kEnd, end + 1) == std::string_view::npos) said.account = rest.substr(0, end);
    return said;
}

// Exactly one of the answers that Exim's AUTH command can give.
std::optional<EximStatement> read_whole_answer(std::string_view rest)
{
    if (take(rest, "535 Incorrect authentication data")) return read_wrong_password(rest);
    if (take(rest, "435 Unable to authenticate at present")) return read_back_end_failure(rest);
    if (take(rest, "435 Internal error")) return read_back_end_failure(rest);
    // Malformed or abandoned: no password was tried, so none was wrong.
    if (rest == "501 Invalid base64 data") return statement(EventKind::abuse, "501");
    if (rest == "501 Authentication cancelled") return statement(EventKind::abuse, "501");
    if (rest == "553 Initial data not expected") return statement(EventKind::abuse, "553");
    return std::nullopt;
}

std::optional<EximStatement> read_answer(std::string_view rest, EximMatch match)
{
    if (!take(rest, ": ")) return std::nullopt;
    if (const auto said = read_whole_answer(rest)) return said;
    if (match == EximMatch::exact || rest.size() < 4 || rest[3] != ' ') return std::nullopt;
    const auto kind = kind_of_reply(rest.substr(0, 3));
    if (!kind) return std::nullopt;
    return statement(*kind, rest.substr(0, 3));
}

constexpr CharacterSet kOfNames = kLettersAndDigits.with("_");

}  // namespace

// Names in Exim's configuration are words
// of at most 63 characters; a HELO name behind "H=(" is none. Without "for" it is our own client
// that a remote server has refused.
std::string_view take_exim_authenticator(std::string_view& text) noexcept
{
    constexpr std::size_t kLongestName = 64;
    const auto head = text.substr(0, kLongestName);
    const auto name = head.substr(0, kOfNames.prefix_of(head));
    auto rest = text.substr(name.size());
    if (name.empty() || !take(rest, " ")) return {};
    // Some authenticators' public names end with one.
    take(rest, "	");
    if (!take(rest, "authenticator failed for ")) return {};
    text = rest;
    return name;
}

ParseResult read_exim_authentication(std::string_view authenticator, EximClientText client)
{
    take(client.text, "H=");
    auto result = read_exim_client(client, read_answer, EximFormats::one);
    if (result.event) result.event->mechanism = name_mark(authenticator);
    return result;
}

}  // namespace mailban
