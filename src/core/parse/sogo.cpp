#include "mailban/parse/sogo.h"

#include "mailban/parse/readings.h"
#include "mailban/parse/scan.h"

namespace mailban {

namespace {

// A longer message may have been cut on its way through syslog, and then end within a client's
// text, behind an address of the client's choice.
constexpr std::size_t kLongestWhole = 900;
constexpr std::string_view kFailed = "Login from '";
constexpr std::string_view kSuccessful = "successful login from '";

// In its own log, sogod's name and process are part of the message: "sogod [1234]: ".
std::optional<std::uint32_t> take_process(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "sogod [")) return std::nullopt;
    const auto pid = take_number<std::uint32_t>(rest);
    if (!pid || !take(rest, "]: ")) return std::nullopt;
    text = rest;
    return pid;
}

bool take_page(std::string_view& text) noexcept
{
    take(text, "[ERROR] ") || take(text, "[WARN] ") || take(text, "[INFO] ");
    if (take(text, "SOGoRootPage ")) return true;
    // "<0x0x55d1c7a0[SOGoRootPage]:…> "
    if (!take(text, "<0x")) return false;
    take_until(text, '[');
    if (!take(text, "[SOGoRootPage]")) return false;
    take_until(text, ' ');
    return take(text, " ");
}

// The account, with what follows it taken off: `' might not have worked…`.
std::optional<std::string_view> account_before(std::string_view text, std::string_view end)
{
    const auto at = text.rfind(end);
    if (at == std::string_view::npos) return std::nullopt;
    return text.substr(0, at);
}

// "8.8.8.8, 192.0.2.7": the last one is the web server's own peer.
std::optional<IpAddress> last_of(std::string_view hosts)
{
    if (const auto comma = hosts.rfind(','); comma != std::string_view::npos)
        hosts.remove_prefix(comma + 1);
    take(hosts, " ");
    return IpAddress::parse(hosts);
}

// `192.0.2.7' for user 'bob' might not have worked…`
std::optional<Event> read_login(std::string_view text, std::string_view end, EventKind kind)
{
    constexpr std::string_view kUser = "' for user '";
    const auto whole = account_before(text, end);
    if (!whole) return std::nullopt;
    Readings readings;
    for (auto at = whole->find(kUser); at != std::string_view::npos && !readings.is_hopeless();
         at = whole->find(kUser, at + 1)) {
        const auto ip = last_of(whole->substr(0, at));
        if (ip) readings.add(*ip, whole->substr(at + kUser.size()));
    }
    const auto ip = readings.ip();
    if (!ip) return std::nullopt;
    Event event;
    event.kind = kind;
    event.ip = *ip;
    event.account = readings.account();
    return event;
}

}  // namespace

bool SogoParser::may_matter(const LineHeader& header) noexcept
{
    auto text = header.message;
    take_process(text);
    return take_page(text) && (text.starts_with(kFailed) || text.starts_with(kSuccessful));
}

std::optional<Event> SogoParser::read(const LogMessage& message)
{
    auto text = message.text;
    if (text.size() > kLongestWhole) return std::nullopt;
    const auto pid = take_process(text);
    if (!take_page(text)) return std::nullopt;
    std::optional<Event> event;
    if (take(text, kFailed)) {
        event = read_login(text, "' might not have worked", EventKind::auth_failure);
    } else if (take(text, kSuccessful)) {
        event = read_login(text, "' - expire = ", EventKind::auth_success);
    }
    if (event) event->pid = pid;
    return event;
}

}  // namespace mailban
