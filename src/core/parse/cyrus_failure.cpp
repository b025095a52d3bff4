#include "mailban/scan.h"

#include "cyrus_messages.h"
#include "sasl_result.h"

namespace mailban {

namespace {

constexpr std::string_view kInvalidUser = " invalid user";
constexpr std::string_view kResult = "SASL(-";

// What stands before the one place where `mark` stands; nullopt: there is none, or more than one.
std::optional<std::string_view> before_the_one(std::string_view text,
                                               std::string_view mark) noexcept
{
    const auto at = text.find(mark);
    if (at == std::string_view::npos || text.find(mark, at + 1) != std::string_view::npos)
        return std::nullopt;
    return text.substr(0, at);
}

// The account stands in brackets since 2.5; it may hold anything, a whole failure too.
std::optional<std::string_view> account_of(std::string_view text) noexcept
{
    const bool bracketed = take(text, "(");
    std::optional<std::string_view> account;
    if (text.ends_with(kInvalidUser)) {
        account = text.substr(0, text.size() - kInvalidUser.size());
        if (bracketed && !account->ends_with(')')) return std::nullopt;
        if (bracketed) account->remove_suffix(1);
    } else if (!bracketed) {
        account = before_the_one(text, " SASL(-");
    } else if (text.ends_with(']')) {
        account = before_the_one(text, ") [");
    }
    if (account == "-notset-") return std::nullopt;
    return account;
}

// Eats up to the next code. A client's name may bring codes of its own, and broken ones.
std::optional<int> take_code(std::string_view& text) noexcept
{
    for (auto at = text.find(kResult); at != std::string_view::npos; at = text.find(kResult)) {
        text.remove_prefix(at + kResult.size());
        if (const auto code = take_number<unsigned short>(text)) return -static_cast<int>(*code);
    }
    return std::nullopt;
}

// "[user not found]" or "user not found", at the end of the text.
std::optional<int> result_at_end(std::string_view text) noexcept
{
    if (!text.ends_with(']')) return sasl_result_named(text);
    text.remove_suffix(1);
    const auto begin = text.rfind('[');
    if (begin == std::string_view::npos) return std::nullopt;
    return sasl_result_named(text.substr(begin + 1));
}

}  // namespace

std::optional<EventKind> kind_of_cyrus_error(std::string_view error) noexcept
{
    const auto end = result_at_end(error);
    auto rest = error;
    auto code = take_code(rest);
    // Nobody may talk his failure into an outage: if any of the codes says so, it was one.
    for (auto other = code; other; other = take_code(rest)) {
        if (kind_of_sasl_result(*other) == EventKind::auth_failure) return EventKind::auth_failure;
    }
    if (end && kind_of_sasl_result(*end) == EventKind::auth_failure) return EventKind::auth_failure;
    if (!code) code = end;
    if (!code) return std::nullopt;
    if (*code == kSaslFailed) return kind_of_sasl_failure(error);
    return kind_of_sasl_result(*code);
}

CyrusFailure read_cyrus_failure(std::string_view text) noexcept
{
    if (text == "anonymous login refused") return {EventKind::rejected, {}};
    const auto mechanism = take_until(text, ' ');
    if (!take(text, " ")) return {};
    // Thunderbird asks without a name before it asks with one.
    if (mechanism == "Basic" && text.starts_with(" SASL(-1)")) return {};
    CyrusFailure failure;
    // APOP's brackets hold the server's own challenge.
    if (mechanism != "APOP") failure.account = account_of(text);
    if (text.ends_with(kInvalidUser)) {
        failure.kind = EventKind::auth_failure;
    } else if (text == "error base64 decoding string" || text == "expected string") {
        failure.kind = EventKind::abuse;
    } else {
        failure.kind = kind_of_cyrus_error(text);
    }
    return failure;
}

}  // namespace mailban
