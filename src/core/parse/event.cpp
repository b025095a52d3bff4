#include "mailban/parse/event.h"

#include "mailban/net/seeded_hash.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

constexpr std::array<std::string_view, kEventKinds> kKindNames{
    "auth_failure", "auth_success", "auth_unavailable", "relay_denied", "unknown_recipient",
    "rejected",     "abuse"};
constexpr std::array<std::string_view, 6> kServiceNames{"unknown", "smtp",  "imap",
                                                        "pop3",    "sieve", "submission"};
constexpr std::array<std::string_view, 6> kReporterNames{"front_end", "summary", "back_end",
                                                         "copy",      "module",  "report"};
constexpr std::array<std::string_view, kMailServers> kServerNames{
    "exim",    "postfix",  "dovecot",   "sendmail",     "opensmtpd", "courier", "cyrus",
    "haraka",  "stalwart", "zimbra",    "kerio",        "roundcube", "sogo",    "horde",
    "pattern", "nginx",    "mailu",     "snappymail",   "postal",    "modoboa", "maddy",
    "axigen",  "domino",   "nextcloud", "postfixadmin", "mailcow"};

// The enumerator whose name stands at the same place, or nullopt.
template <class Enum, std::size_t N>
std::optional<Enum> named(const std::array<std::string_view, N>& names, std::string_view name)
{
    const auto* const found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

}  // namespace

PasswordMark password_mark(std::string_view told) noexcept
{
    constexpr std::uint64_t kSeed = 0x6d61726b;  // no secret: it has to outlast a restart
    constexpr std::uint64_t kBits = (1U << 24U) - 1;
    return static_cast<PasswordMark>(SeededHash{kSeed}(told)&kBits);
}

NameMark name_mark(std::string_view name) noexcept
{
    constexpr std::uint64_t kSeed = 0x6e616d65;  // names are the server's, not the client's
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return static_cast<NameMark>(SeededHash{kSeed}(std::string_view(lower)));
}

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
    return kServerNames[static_cast<std::size_t>(server)];
}

std::string_view to_string(Reporter reporter) noexcept
{
    return kReporterNames[static_cast<std::size_t>(reporter)];
}

std::optional<EventKind> parse_event_kind(std::string_view name) noexcept
{
    return named<EventKind>(kKindNames, name);
}

std::optional<MailServer> parse_mail_server(std::string_view name) noexcept
{
    return named<MailServer>(kServerNames, name);
}

}  // namespace mailban
