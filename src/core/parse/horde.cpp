#include "mailban/parse/horde.h"

#include "mailban/parse/consensus.h"
#include "mailban/scan.h"

namespace mailban {

namespace {

// A longer message may have been cut on its way through syslog, and then end within a client's
// text, behind an address of the client's choice.
constexpr std::size_t kLongestHorde = 900;
constexpr std::string_view kHordeFailed = "FAILED LOGIN for ";
constexpr std::string_view kSuccess = "Login success for ";

// "HORDE [error] [imp] ", "HORDE [imp] ", "[imp] ": the program, the severity, the application
void skip_application(std::string_view& text) noexcept
{
    take(text, "HORDE ");
    for (int parts = 0; parts < 2 && text.starts_with('['); ++parts) {
        auto rest = text;
        take_until(rest, ']');
        if (take(rest, "] ")) text = rest;
    }
}

// Takes ` [pid 683 on line 192 of "/usr/share/horde/login.php"]` off the end, where it stands.
std::string_view without_trailer(std::string_view text) noexcept
{
    const auto at = text.rfind(" [pid ");
    if (at == std::string_view::npos) return text;
    auto rest = text.substr(at + 6);
    if (!take_number<std::uint32_t>(rest)) return text;
    if (rest == "]") return text.substr(0, at);
    if (!take(rest, " on line ") || !take_number<std::uint32_t>(rest)) return text;
    if (!take(rest, " of \"")) return text;
    take_until(rest, '"');
    return rest == "\"]" ? text.substr(0, at) : text;
}

// The forms of a line, by what stands behind the address.
enum class Form : std::uint8_t { bracket, base, imp };

// " to Horde", or " (forwarded for [8.8.8.8])" before that; "[…]" cannot be trusted to end where it
// seems to.
bool is_bracket_tail(std::string_view text) noexcept
{
    if (text.starts_with(" to ")) return true;
    take(text, " ");
    return text.starts_with("(forwarded for [") && text.find("]) to ") != std::string_view::npos;
}

std::optional<Form> form_of(std::string_view tail) noexcept
{
    constexpr std::string_view kForwarded = " (forwarded for [";
    if (tail.empty()) return Form::base;
    if (tail.ends_with('}')) {
        if (tail.starts_with(" to {")) return Form::imp;
        if (tail.starts_with(kForwarded) && tail.find("]) to {") != std::string_view::npos)
            return Form::imp;
    }
    if (tail.starts_with(kForwarded) && tail.ends_with("])")) return Form::base;
    return std::nullopt;
}

// "bob to horde"
std::string_view without_application(std::string_view account) noexcept
{
    return account.substr(0, account.rfind(" to "));
}

// All ways to read a line.
class HordeReader {
public:
    explicit HordeReader(const Proxies& proxies) : proxies_(proxies) {}

    void read_parenthesis(std::string_view text, std::size_t at)
    {
        auto rest = text.substr(at + 2);
        const auto ip = IpAddress::parse(take_until(rest, ')'));
        if (!ip || !take(rest, ")")) return;
        const auto form = form_of(rest);
        if (!form) return;
        auto account = text.substr(0, at);
        if (form == Form::base) account = without_application(account);
        add(*ip, rest, form == Form::base ? "])" : "]) to {", account);
    }

    void read_bracket(std::string_view text, std::size_t at)
    {
        auto rest = text.substr(at + 2);
        const auto ip = IpAddress::parse(take_until(rest, ']'));
        if (!ip || !take(rest, "]") || !is_bracket_tail(rest)) return;
        add(*ip, rest, "]) to ", text.substr(0, at));
    }

    // No further reading can make the line clear.
    bool is_hopeless() const noexcept { return is_unclear_ || clients_.is_contradicted(); }
    const ClientConsensus& clients() const noexcept { return clients_; }

private:
    // A peer that is a proxy speaks for the end of what it has forwarded; each place where that can
    // end is a way to read it.
    void add(const IpAddress& peer, std::string_view tail, std::string_view end,
             std::string_view account)
    {
        take(tail, " ");
        if (!proxies_.may_forward(peer) || !take(tail, "(forwarded for ["))
            return clients_.add({peer, account});
        const auto first = end == "])" ? tail.rfind(end) : tail.find(end);
        for (auto at = first; at != std::string_view::npos && !is_hopeless();
             at = tail.find(end, at + 1)) {
            const auto client = client_of_chain(tail.substr(0, at), peer, proxies_);
            if (client) clients_.add({*client, account});
            is_unclear_ = !client;
        }
    }

    const Proxies& proxies_;
    ClientConsensus clients_{};
    bool is_unclear_ = false;
};

ParseResult read_login(std::string_view text, EventKind kind, const Proxies& proxies)
{
    HordeReader reader(proxies);
    const auto whole = without_trailer(text);
    for (auto at = text.find(' '); at != std::string_view::npos && !reader.is_hopeless();
         at = text.find(' ', at + 1)) {
        const auto opening = text.substr(at + 1, 1);
        if (opening == "[") reader.read_bracket(text, at);
        if (opening == "(" && at < whole.size()) reader.read_parenthesis(whole, at);
    }
    if (reader.is_hopeless()) return Concern::ambiguous;
    const auto* const client = reader.clients().agreed();
    if (client == nullptr) return {};
    Event event;
    event.kind = kind;
    event.ip = client->ip;
    event.account = client->account;
    return std::optional<Event>(std::move(event));
}

}  // namespace

bool HordeParser::may_matter(const LineHeader& header) noexcept
{
    auto text = header.message;
    skip_application(text);
    return text.starts_with(kHordeFailed) || text.starts_with(kSuccess);
}

ParseResult HordeParser::read(const LogMessage& message) const
{
    auto text = message.text;
    if (!assured_.escaped_line_feeds) return Concern::forgeable;
    if (text.size() > kLongestHorde) return Concern::ambiguous;
    skip_application(text);
    const auto& proxies = assured_.proxies;
    if (take(text, kHordeFailed)) return read_login(text, EventKind::auth_failure, proxies);
    if (take(text, kSuccess)) return read_login(text, EventKind::auth_success, proxies);
    return {};
}

}  // namespace mailban
