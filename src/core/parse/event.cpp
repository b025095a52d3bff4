#include "mailban/parse/event.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

constexpr std::array<std::string_view, kEventKinds> kKindNames{
    "auth_failure", "auth_success", "auth_unavailable", "relay_denied", "unknown_recipient",
    "rejected",     "abuse"};
constexpr std::array<std::string_view, 5> kServiceNames{"unknown", "smtp", "imap", "pop3", "sieve"};

}  // namespace

std::string_view to_string(EventKind kind) noexcept
{
    return kKindNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Service service) noexcept
{
    return kServiceNames[static_cast<std::size_t>(service)];
}

std::string_view to_string(MailServer server) noexcept
{
    switch (server) {
    case MailServer::exim: return "exim";
    }
    return "unknown";
}

std::optional<EventKind> parse_event_kind(std::string_view name) noexcept
{
    const auto* const found = std::find(kKindNames.begin(), kKindNames.end(), name);
    if (found == kKindNames.end()) return std::nullopt;
    return static_cast<EventKind>(found - kKindNames.begin());
}

}  // namespace mailban
