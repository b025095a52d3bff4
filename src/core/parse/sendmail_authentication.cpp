#include "mailban/scan.h"
#include "mailban/words.h"

#include <string>

#include "bracketed_client.h"
#include "sasl_result.h"
#include "sendmail_messages.h"

namespace mailban {

namespace {

constexpr std::string_view kForged = " (may be forged)";
constexpr std::string_view kAuthenticationUser = ", user=";
constexpr std::string_view kAuthenticationRelay = ", relay=";
constexpr std::size_t kLongestRelay = 100;

// Eats "(LOGIN): user not found (-20) ". The mechanism, which the client may choose, holds no
// blank; what follows is the SASL library's own.
std::optional<int> take_result(std::string_view& text, std::string_view& mechanism) noexcept
{
    const auto mechanism_end = text.find("): ");
    if (!take(text, "(") || mechanism_end == std::string_view::npos) return std::nullopt;
    mechanism = text.substr(0, mechanism_end - 1);
    text.remove_prefix(mechanism_end + 2);
    const auto code_begin = text.find(" (-");
    if (code_begin == std::string_view::npos) return std::nullopt;
    text.remove_prefix(code_begin + 3);
    const auto code = take_number<unsigned short>(text);
    if (!code || !take(text, ") ")) return std::nullopt;
    return -static_cast<int>(*code);
}

// The `user=` field, since 8.16 at the end of what the library tells. That may imitate the field:
// then nobody knows.
std::optional<std::string_view> user_of(std::string_view text) noexcept
{
    const auto at = text.find(kAuthenticationUser);
    if (at == std::string_view::npos || contains(text.substr(at + 1), kAuthenticationUser))
        return std::nullopt;
    return text.substr(at + kAuthenticationUser.size());
}

// The client at the end of the line, or else the one that is known to have lost its place there.
std::optional<IpAddress> take_client(std::string_view& text, const std::optional<IpAddress>& known)
{
    const auto ip = take_last_sendmail_relay(text);
    if (ip || !known) return ip;
    text = text.substr(0, text.rfind(kAuthenticationRelay));
    return known;
}

std::optional<Event> read_failure(std::string_view text, const std::optional<IpAddress>& client)
{
    Event event;
    const auto ip = take_client(text, client);
    std::string_view mechanism;
    const auto code = take_result(text, mechanism);
    if (!ip || !code) return std::nullopt;
    event.ip = *ip;
    event.mechanism = name_mark(mechanism);
    const auto user = user_of(text);
    if (*code == kSaslFailed) {
        event.kind = kind_of_sasl_failure(text);
        return event;
    }
    event.kind = kind_of_sasl_result(*code);
    // Elsewhere what stands there may be the password.
    if (user && event.kind == EventKind::auth_failure) event.account = std::string(*user);
    return event;
}

// The client comes first here, so that an account cannot stand before it.
std::optional<Event> read_success(std::string_view text)
{
    Event event;
    const auto ip = take_sendmail_client(text);
    if (!ip || !take(text, ", authid=")) return std::nullopt;
    event.ip = *ip;
    event.kind = EventKind::auth_success;
    const auto end = text.rfind(", mech=");
    if (end != std::string_view::npos) event.account = std::string(text.substr(0, end));
    return event;
}

}  // namespace

std::optional<IpAddress> take_sendmail_client(std::string_view& text) noexcept
{
    const auto ip = take_bracketed_client(text);
    if (ip) take(text, kForged);
    return ip;
}

std::optional<IpAddress> take_last_sendmail_relay(std::string_view& text) noexcept
{
    const auto at = text.rfind(kAuthenticationRelay);
    if (at == std::string_view::npos) return std::nullopt;
    auto client = text.substr(at + kAuthenticationRelay.size());
    if (client.size() > kLongestRelay) return std::nullopt;
    const bool may_be_cut = client.size() == kLongestRelay;
    const auto ip = take_sendmail_client(client);
    if (!client.empty() && !(may_be_cut && kForged.starts_with(client))) return std::nullopt;
    text = text.substr(0, at);
    return ip;
}

bool has_lost_its_client(std::string_view text) noexcept
{
    if (!text.starts_with("AUTH failure ") && !text.starts_with("AUTH decode64 error ["))
        return false;
    const auto at = text.rfind(kAuthenticationRelay);
    if (at == std::string_view::npos) return false;
    return text.size() - at - kAuthenticationRelay.size() == kLongestRelay &&
           !take_last_sendmail_relay(text);
}

std::optional<Event> read_sendmail_authentication(std::string_view text,
                                                  const std::optional<IpAddress>& client)
{
    if (take(text, "AUTH failure ")) return read_failure(text, client);
    if (take(text, "AUTH=server, relay=")) return read_success(text);
    if (!take(text, "AUTH decode64 error [")) return std::nullopt;
    const auto ip = take_client(text, client);
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.kind = EventKind::abuse;
    return event;
}

}  // namespace mailban
