#include "mailban/parse/sogo.h"

#include "mailban/scan.h"

#include <algorithm>

namespace mailban {

namespace {

constexpr std::string_view kSogoFailed = "Login from '";
constexpr std::string_view kSogoSuccessful = "successful login from '";

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

struct Access {
    IpAddress ip{};
    std::uint16_t status = 0;
};

// The host as it stands before the request: `192.0.2.7 `, up to SOPE 2 `192.0.2.7 - - [time] `. A
// chain's last address stands behind a comma.
std::string_view without_time(std::string_view host) noexcept
{
    constexpr std::string_view kTime = " - - [";
    if (host.ends_with(' ')) host.remove_suffix(1);
    const auto time = host.rfind(kTime);
    if (time == std::string_view::npos || !host.ends_with(']')) return host;
    const bool is_time = host.find(',', time) == std::string_view::npos;
    return is_time ? host.substr(0, time) : host;
}

// `192.0.2.7 "POST /SOGo/connect HTTP/1.1" 403 34/81 …`. Neither a method nor a path holds a blank
// or a quote: what stands in the last two is the request, whatever a client has put into a chain.
std::optional<Access> read_access(std::string_view text, const Proxies& proxies)
{
    const auto close = text.rfind('"');
    if (close == std::string_view::npos || close == 0) return std::nullopt;
    const auto open = text.rfind('"', close - 1);
    if (open == std::string_view::npos) return std::nullopt;
    const auto ip = client_of_chain(without_time(text.substr(0, open)), proxies);
    auto rest = text.substr(close);
    if (!ip || !take(rest, "\" ")) return std::nullopt;
    const auto status = take_number<std::uint16_t>(rest);
    if (!status || !take(rest, " ")) return std::nullopt;
    return Access{*ip, *status};
}

// The watchdog is the parent of those who serve and repeats nothing of theirs; nor does the first
// word of a new one.
bool is_watchdog(std::string_view text) noexcept
{
    const auto beginning = text.substr(0, 64);
    return text.starts_with("<0x") &&
           (beginning.find("[WOWatchDog") != std::string_view::npos ||
            beginning.find("[WOHttpAdaptor]> notified the watchdog") != std::string_view::npos);
}

// A second factor is asked for, or refused, behind the line of a right password.
std::optional<EventKind> kind_of(EventKind told, std::uint16_t status) noexcept
{
    if (told != EventKind::auth_success || status == 200) return told;
    if (status == 403) return EventKind::auth_failure;
    return std::nullopt;
}

}  // namespace

bool SogoParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.starts_with("sogod [") || header.pid.has_value();
}

// `[ERROR] <0x0x55a2ed[SOGoDAVAuthenticator]> tried wrong password for user 'bob'!`: CalDAV,
// CardDAV, ActiveSync.
std::optional<SogoParser::Login> SogoParser::read_login(std::string_view text) const
{
    auto rest = text;
    take(rest, "[ERROR] ") || take(rest, "[WARN] ") || take(rest, "[INFO] ");
    if (!take(rest, "<0x")) return read_page_login(text);
    take_until(rest, '[');
    if (!take(rest, "[SOGoDAVAuthenticator]")) return read_page_login(text);
    take_until(rest, ' ');
    if (!take(rest, " tried wrong password for user '")) return std::nullopt;
    Login login;
    if (rest.ends_with("'!")) login.account = std::string(rest.substr(0, rest.size() - 2));
    return login;
}

std::optional<SogoParser::Login> SogoParser::read_page_login(std::string_view text) const
{
    constexpr std::string_view kUser = "' for user '";
    if (!take_page(text)) return std::nullopt;
    const bool has_failed = take(text, kSogoFailed);
    if (!has_failed && !take(text, kSogoSuccessful)) return std::nullopt;
    const auto ip = client_of_chain(take_until(text, '\''), assured_.proxies);
    if (!ip || !take(text, kUser)) return std::nullopt;
    Login login;
    login.ip = *ip;
    login.kind = has_failed ? EventKind::auth_failure : EventKind::auth_success;
    const auto end = text.rfind(has_failed ? "' might not have worked" : "' - expire = ");
    if (end != std::string_view::npos) login.account = std::string(text.substr(0, end));
    return login;
}

bool SogoParser::is_known(std::uint32_t pid) const noexcept
{
    return std::find(known_.begin(), known_.end(), pid) != known_.end();
}

void SogoParser::remember(std::uint32_t pid)
{
    if (is_known(pid)) return;
    if (known_.size() == kMostProcesses) known_.erase(known_.begin());
    known_.push_back(pid);
}

void SogoParser::end_overdue(Timestamp at)
{
    std::erase_if(requests_, [&](const auto& one) { return at - one.begun > kLongestRequest; });
    if (requests_.empty()) strangers_ = 0;
}

// A line that is no access line: the process is in the midst of a request.
void SogoParser::go_on(std::uint32_t pid, std::string_view text, Timestamp at)
{
    const auto is_its = [&](const auto& one) { return one.pid == pid; };
    auto request = std::find_if(requests_.begin(), requests_.end(), is_its);
    if (request == requests_.end()) {
        if (requests_.size() == kMostProcesses) requests_.erase(requests_.begin());
        request = requests_.insert(requests_.end(), Request{pid, at});
    }
    // A second one is the first one's account.
    if (!request->login) request->login = read_login(text);
}

std::optional<Event> SogoParser::end_request(std::uint32_t pid, std::string_view text)
{
    const auto access = read_access(text, assured_.proxies);
    const auto is_its = [&](const auto& one) { return one.pid == pid; };
    const auto request = std::find_if(requests_.begin(), requests_.end(), is_its);
    if (request == requests_.end()) return std::nullopt;
    // Of another address: not its own.
    if (request->login && request->login->ip.value_or(access->ip) != access->ip)
        return std::nullopt;
    const auto login = std::move(request->login);
    requests_.erase(request);
    if (requests_.empty()) strangers_ = 0;
    if (!login) return std::nullopt;
    const auto kind = kind_of(login->kind, access->status);
    if (!kind) return std::nullopt;
    Event event;
    event.kind = *kind;
    event.ip = access->ip;
    event.account = login->account;
    event.pid = pid;
    return event;
}

// The request within which there is such guessing began while nothing else was going on.
ParseResult SogoParser::go_deaf(Timestamp at)
{
    ParseResult result(Concern::forgeable);
    if (const auto& login = requests_.front().login; login && login->ip) {
        Event event;
        event.ip = *login->ip;
        event.pid = requests_.front().pid;
        result.event = event;
    }
    // That request's stamp is sogod's own; this line's may be the client's.
    deaf_until_ = std::max(at, requests_.front().begun) + kDeafness;
    requests_.clear();
    known_.clear();
    strangers_ = 0;
    return result;
}

ParseResult SogoParser::read_line(std::uint32_t pid, std::string_view text, Timestamp at)
{
    end_overdue(at);
    const bool is_own = !requests_.empty() && (requests_.front().pid == pid || is_known(pid));
    if (!requests_.empty() && !is_own) {
        if (++strangers_ > kMostStrangers) return go_deaf(at);
        return {};
    }
    if (!read_access(text, assured_.proxies)) {
        go_on(pid, text, at);
        return {};
    }
    auto event = end_request(pid, text);
    remember(pid);
    return event;
}

ParseResult SogoParser::read(const LogMessage& message)
{
    auto text = message.text;
    auto pid = take_process(text);
    if (!pid) pid = message.pid;
    if (!pid || is_watchdog(text)) return {};
    // A syslog daemon names the process in front of each line, a client's too.
    const bool is_believed =
        assured_.trusted_front_end && (message.program.empty() || assured_.escaped_line_feeds);
    if (!is_believed) {
        if (read_login(text)) return Concern::forgeable;
        return {};
    }
    // A client can write a stamp that is yet to come, to have this moment pass.
    if (message.time > message.read_at + std::chrono::seconds(2)) return {};
    if (deaf_until_ && message.time < *deaf_until_) return {};
    deaf_until_.reset();
    return read_line(*pid, text, message.time);
}

}  // namespace mailban
