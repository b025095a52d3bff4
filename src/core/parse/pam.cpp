#include "mailban/parse/pam.h"

#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

// Nobody's name is longer, and no line of ours; a hostile one could make the search slow.
constexpr std::size_t kLongestLine = 2048;

struct PamService {
    std::string_view name{};
    Service service{};
};

// What mail servers call themselves to PAM.
constexpr std::array kPamServices{PamService{"dovecot", Service::unknown},
                                  PamService{"imap", Service::imap},
                                  PamService{"imaps", Service::imap},
                                  PamService{"pop", Service::pop3},
                                  PamService{"pop3", Service::pop3},
                                  PamService{"pop3s", Service::pop3},
                                  PamService{"smtp", Service::smtp},
                                  PamService{"smtps", Service::smtp},
                                  PamService{"submission", Service::submission},
                                  PamService{"sieve", Service::sieve},
                                  PamService{"managesieve", Service::sieve},
                                  PamService{"mail", Service::unknown}};

// Courier's authdaemond is Courier's parser's to read.
constexpr std::array<std::string_view, 5> kAskers{"auth", "auth-worker", "imap-login", "pop3-login",
                                                  "ipop3d"};

constexpr CharacterSet kOfModules = kLettersAndDigits.with("_");

struct PamOpening {
    std::string_view module{};
    Service service = Service::unknown;
};

// Eats "pam_unix(dovecot:auth): ".
std::optional<PamOpening> take_opening(std::string_view& text) noexcept
{
    if (!text.starts_with("pam_")) return std::nullopt;
    PamOpening opening{.module = take_all(text, kOfModules)};
    if (!take(text, "(")) return std::nullopt;
    const auto name = take_until(text, ':');
    if (!take(text, ":auth): ")) return std::nullopt;
    const auto* const service =
        std::find_if(kPamServices.begin(), kPamServices.end(),
                     [name](const PamService& one) { return one.name == name; });
    if (service == kPamServices.end()) return std::nullopt;
    opening.service = service->service;
    return opening;
}

// Eats "logname= uid=0 euid=0 tty=dovecot ruser=": what stands there is the server's own.
bool take_process(std::string_view& text) noexcept
{
    if (!take(text, "logname=")) return false;
    take_until(text, ' ');
    if (!take(text, " uid=") || !take_number<std::uint32_t>(text)) return false;
    if (!take(text, " euid=") || !take_number<std::uint32_t>(text)) return false;
    if (!take(text, " tty=")) return false;
    take_until(text, ' ');
    return take(text, " ruser=");
}

// What all ways to read a line agree on.
struct Found {
    std::optional<IpAddress> ip{};
    std::string_view account{};
    bool is_sure = true;
    bool is_broken = false;

    void add(const IpAddress& other, std::string_view name) noexcept
    {
        if (ip && *ip != other) is_broken = true;
        if (ip && account != name) is_sure = false;
        ip = other;
        account = name;
    }
};

// "192.0.2.7", "192.0.2.7 " or "192.0.2.7  user=bob"
void add_reading(std::string_view ruser, std::string_view text, Found& found) noexcept
{
    const auto ip = IpAddress::parse(take_until(text, ' '));
    if (!ip) return;
    while (take(text, " ")) {}
    auto user = text;
    if (!text.empty() && !take(user, "user=")) return;
    found.add(*ip, ruser.empty() ? user : ruser);
}

}  // namespace

bool is_pam_line(std::string_view program, std::string_view text) noexcept
{
    const bool is_asker = program.starts_with("dovecot") || is_one_of(program, kAskers);
    return is_asker && take_opening(text);
}

std::optional<Event> read_pam_failure(std::string_view text)
{
    constexpr std::string_view kHost = " rhost=";
    if (text.size() > kLongestLine) return std::nullopt;
    const auto opening = take_opening(text);
    if (!opening || !take(text, "authentication failure; ") || !take_process(text))
        return std::nullopt;
    Found found;
    for (auto at = text.find(kHost); at != std::string_view::npos; at = text.find(kHost, at + 1))
        add_reading(text.substr(0, at), text.substr(at + kHost.size()), found);
    if (!found.ip || found.is_broken) return std::nullopt;
    Event event;
    event.kind = EventKind::auth_failure;
    event.reporter = Reporter::module;
    event.ip = *found.ip;
    event.service = opening->service;
    event.database = name_mark(opening->module);
    if (found.is_sure && !found.account.empty()) event.account = std::string(found.account);
    return event;
}

}  // namespace mailban
