#include "mailban/parse/roundcube.h"

#include "mailban/parse/consensus.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <array>

namespace mailban {

namespace {

// A longer message may have been cut on its way through syslog, and then end within a client's
// text, behind an address of the client's choice.
constexpr std::size_t kLongestRoundcube = 900;
constexpr std::string_view kBeforeClient = " from ";
constexpr std::string_view kRoundcubeFailed = "Failed login for ";
constexpr std::string_view kRoundcubeSuccessful = "Successful login for ";
constexpr std::string_view kImapError = "Login failed for ";
constexpr std::string_view kPlugin = "[roundcube] FAILED login for ";

constexpr CharacterSet kOfSessions = kLettersAndDigits.with(",-");

// Eats "<4f3a5c1e> ", the beginning of the session's name. A client can write `< 4f3a5c1e> `, with
// a blank; PHP's strip_tags() takes that for no tag.
std::optional<std::string_view> take_mark(std::string_view& text) noexcept
{
    constexpr std::size_t kLongest = 256;
    auto rest = text;
    if (!take(rest, "<")) return std::nullopt;
    const auto mark = take_until(rest, '>');
    const bool is_mark = !mark.empty() && mark.size() <= kLongest && kOfSessions.has_all_of(mark);
    if (!is_mark || !take(rest, "> ")) return std::nullopt;
    text = rest;
    return mark;
}

// The name of the log, where all of them go to standard output.
bool take_log_name(std::string_view& text) noexcept
{
    return take(text, "userlogins: ") || take(text, "errors: ");
}

// "IMAP Error: ", "PHP Error: "
bool is_error(std::string_view text) noexcept
{
    constexpr std::string_view kError = " Error: ";
    const auto type = take_until(text, ' ');
    constexpr auto kOfTypes = kUpperCase.with("0123456789_");
    return !type.empty() && kOfTypes.has_all_of(type) && text.starts_with(kError);
}

bool is_login(std::string_view text) noexcept
{
    return text.starts_with(kRoundcubeFailed) || text.starts_with(kRoundcubeSuccessful) ||
           text.starts_with(kPlugin);
}

bool take_imap_error(std::string_view& text) noexcept
{
    return (take(text, "IMAP Error: ") || take(text, "PHP Error: ")) && take(text, kImapError);
}

// Exactly "4f3a5c1e", with " (error: 0)" behind it where `error` asks for that.
enum class Ending : std::uint8_t { session, session_and_error };

// Takes " (error: 0)" off the end; false: it is not there.
bool drop_error_code(std::string_view& text) noexcept
{
    if (!text.ends_with(')')) return false;
    const auto error = text.rfind(" (error: ");
    if (error == std::string_view::npos) return false;
    auto number = text.substr(error + 9, text.size() - error - 10);
    take(number, "-");
    if (!take_number<int>(number) || !number.empty()) return false;
    text = text.substr(0, error);
    return true;
}

// `text` without what must stand at its end: " in session 4f3a5c1e (error: 0)". A mark is the
// beginning of the session's name, or the other way round: each is cut at a length of its own.
std::optional<std::string_view> without_ending(std::string_view text, Ending ending,
                                               std::optional<std::string_view> mark) noexcept
{
    constexpr std::string_view kSession = " in session ";
    if (ending == Ending::session_and_error && !drop_error_code(text)) return std::nullopt;
    const auto at = text.rfind(kSession);
    if (at == std::string_view::npos) return std::nullopt;
    const auto session = text.substr(at + kSession.size());
    const bool is_session = !session.empty() && kOfSessions.has_all_of(session);
    if (!is_session) return std::nullopt;
    if (mark && !session.starts_with(*mark) && !mark->starts_with(session)) return std::nullopt;
    return text.substr(0, at);
}

// Eats an address; what follows is the caller's.
std::optional<IpAddress> take_sentence_address(std::string_view& text)
{
    auto address = text.substr(0, kOfAddresses.prefix_of(text));
    // The point that ends the sentence.
    if (address.ends_with('.')) address.remove_suffix(1);
    const auto ip = IpAddress::parse(address);
    if (ip) text.remove_prefix(address.size());
    return ip;
}

// "(X-Real-IP: …,X-Forwarded-For: …)": no parenthesis within it ends it for certain.
bool begins_with_headers(std::string_view text) noexcept
{
    take(text, " ");
    return text.starts_with("(X-Real-IP: ") || text.starts_with("(X-Forwarded-For: ");
}

// Ends of a line: what a reading finds behind the address, from which the client is told.
enum class Tail : std::uint8_t { login, error, plugin };

bool is_tail(std::string_view tail, Tail kind) noexcept
{
    if (kind == Tail::plugin) return tail.empty();
    const bool has_headers = begins_with_headers(tail);
    if (kind == Tail::login) return tail.empty() || (has_headers && tail.ends_with(')'));
    return tail.starts_with(". ") || (has_headers && tail.find("). ") != std::string_view::npos);
}

// What the headers name, up to where they end: "X-Real-IP: …,X-Forwarded-For: …", the latter last.
// Both have to say the same: only one of them may be the proxy's, and the other the client's.
std::optional<IpAddress> client_of_headers(std::string_view headers, const IpAddress& peer,
                                           const Proxies& proxies)
{
    constexpr std::string_view kSecondForwarded = ",X-Forwarded-For: ";
    constexpr std::string_view kForwarded = kSecondForwarded.substr(1);
    std::optional<IpAddress> real;
    if (const auto at = headers.rfind(kForwarded); at != std::string_view::npos) {
        const auto client = client_of_chain(headers.substr(at + kForwarded.size()), peer, proxies);
        auto before = headers.substr(0, headers.find(kSecondForwarded));
        if (!client || !take(before, "X-Real-IP: ")) return client;
        real = client_of_chain(before, peer, proxies);
        return real == client ? client : std::nullopt;
    }
    if (take(headers, "X-Real-IP: ")) real = client_of_chain(headers, peer, proxies);
    return real;
}

// Who the client is, if the address is that of a proxy: each place where the headers can end is a
// way to read them. False: it cannot be told.
bool add_candidates(const IpAddress& peer, std::string_view tail, Tail kind,
                    std::string_view account, const Proxies& proxies, ClientConsensus& clients)
{
    // A peer that is no proxy is the client, whatever it says.
    if (!proxies.may_forward(peer) || !begins_with_headers(tail)) {
        clients.add({peer, account});
        return true;
    }
    take(tail, " ");
    take(tail, "(");
    const std::string_view stop = kind == Tail::login ? ")" : "). ";
    bool is_clear = true;
    const auto first = kind == Tail::login ? tail.size() - 1 : tail.find(stop);
    for (auto end = first; end != std::string_view::npos; end = tail.find(stop, end + 1)) {
        const auto client = client_of_headers(tail.substr(0, end), peer, proxies);
        if (client) clients.add({*client, account});
        is_clear = is_clear && client && !clients.is_contradicted();
        if (!is_clear) break;
    }
    return is_clear;
}

// Every place where "… from 192.0.2.7" can be read; `on_each` gets what stands behind it. nullopt:
// a way to read it names nobody for certain.
template <class Each>
std::optional<ClientConsensus> read_all(std::string_view text, Tail kind, const Proxies& proxies,
                                        const Each& on_each)
{
    ClientConsensus clients;
    for (auto at = text.find(kBeforeClient);
         at != std::string_view::npos && !clients.is_contradicted();
         at = text.find(kBeforeClient, at + 1)) {
        auto rest = text.substr(at + kBeforeClient.size());
        const auto ip = take_sentence_address(rest);
        if (!ip || !is_tail(rest, kind)) continue;
        if (!add_candidates(*ip, rest, kind, text.substr(0, at), proxies, clients))
            return std::nullopt;
        on_each(rest);
    }
    return clients;
}

std::optional<ClientConsensus> read_all(std::string_view text, Tail kind, const Proxies& proxies)
{
    return read_all(text, kind, proxies, [](std::string_view) {});
}

ParseResult result_of(const std::optional<ClientConsensus>& clients, EventKind kind)
{
    if (!clients || clients->is_contradicted()) return Concern::ambiguous;
    const auto* const client = clients->agreed();
    if (client == nullptr) return {};
    Event event;
    event.kind = kind;
    event.ip = client->ip;
    event.account = client->account;
    return std::optional<Event>(std::move(event));
}

// "bob@example.com (ID: 7)"
void strip_id(std::optional<std::string>& account)
{
    if (!account) return;
    const auto id = account->rfind(" (ID: ");
    if (id != std::string::npos) account->resize(id);
}

// "bob against localhost"; 1.0 and older print no "against".
void strip_host(std::optional<std::string>& account)
{
    if (!account) return;
    const auto host = account->rfind(" against ");
    if (host != std::string::npos) account->resize(host);
}

// The words of rcube_imap_generic where the IMAP server could not be asked, and RFC 5530's code.
bool has_word_of_outage(std::string_view text)
{
    constexpr std::array<std::string_view, 8> kWords{
        "Could not connect to", "Connection closed",
        "Unable to negotiate",  "Empty startup greeting",
        "[UNAVAILABLE]",        "[INUSE]",
        "[SERVERBUG]",          "Internal error"};
    return contains_any(text, kWords);
}

// Whether the IMAP server said so, in "…). ITS ANSWER in /x.php on line 1 (POST /…)": wherever the
// answer may begin and end, since the headers before it and the path behind it are a client's.
bool says_unavailable(std::string_view tail)
{
    constexpr std::string_view kEnd = " on line ";
    const bool has_headers = begins_with_headers(tail);
    bool says_so = false;
    for (auto end = tail.find(kEnd); end != std::string_view::npos;
         end = tail.find(kEnd, end + 1)) {
        const auto before = tail.substr(0, end);
        const auto begin = has_headers ? before.rfind("). ") : 0;
        if (begin == std::string_view::npos) continue;
        says_so = has_word_of_outage(before.substr(begin));
        if (!says_so) return false;
    }
    return says_so;
}

ParseResult read_imap_error(std::string_view text, const Proxies& proxies)
{
    bool is_down = true;
    const auto note = [&](std::string_view tail) { is_down = is_down && says_unavailable(tail); };
    auto result = result_of(read_all(text, Tail::error, proxies, note), EventKind::auth_failure);
    if (!result.event) return result;
    result.event->reporter = Reporter::back_end;
    strip_host(result.event->account);
    if (is_down) result.event->kind = EventKind::auth_unavailable;
    return result;
}

ParseResult read_login(std::string_view text, std::optional<std::string_view> mark,
                       const Proxies& proxies)
{
    if (take(text, kPlugin))
        return result_of(read_all(text, Tail::plugin, proxies), EventKind::auth_failure);
    if (take(text, kRoundcubeFailed)) {
        const auto whole = without_ending(text, Ending::session_and_error, mark);
        if (!whole) return {};
        return result_of(read_all(*whole, Tail::login, proxies), EventKind::auth_failure);
    }
    if (!take(text, kRoundcubeSuccessful)) return {};
    const auto whole = without_ending(text, Ending::session, mark);
    if (!whole) return {};
    auto result = result_of(read_all(*whole, Tail::login, proxies), EventKind::auth_success);
    if (result.event) strip_id(result.event->account);
    return result;
}

}  // namespace

bool RoundcubeParser::may_matter(const LineHeader& header) noexcept
{
    auto text = header.message;
    take_log_name(text);
    take_mark(text);
    return is_login(text) || is_error(text);
}

void RoundcubeParser::notice(std::string_view marked)
{
    has_marks_ = true;
    if (is_error(marked)) has_errors_ = true;
}

bool RoundcubeParser::is_believed(bool is_marked, bool is_own_log) const noexcept
{
    if (assured_.escaped_line_feeds) return true;
    return is_marked && is_own_log && !has_errors_;
}

ParseResult RoundcubeParser::read(const LogMessage& message)
{
    auto text = message.text;
    const bool is_joint_log = take_log_name(text);
    const bool is_own_log = message.program.empty() && !is_joint_log;
    const auto mark = take_mark(text);
    if (mark && is_own_log) notice(text);
    const bool tells_login = is_login(text);
    if (!tells_login && !take_imap_error(text)) return {};
    if (!is_believed(mark.has_value(), is_own_log)) {
        // Without a mark among marked ones: a client wrote it.
        if (has_marks_ && !mark) return {};
        return Concern::forgeable;
    }
    if (!is_own_log && text.size() > kLongestRoundcube) return Concern::ambiguous;
    const auto& proxies = assured_.proxies;
    return tells_login ? read_login(text, mark, proxies) : read_imap_error(text, proxies);
}

}  // namespace mailban
