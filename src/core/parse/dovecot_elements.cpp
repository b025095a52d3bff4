#include "mailban/parse/consensus.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include "dovecot_messages.h"

namespace mailban {

namespace {

// Dovecot cuts the name at 80 bytes.
constexpr std::size_t kLongestUserElement = 80;
constexpr std::size_t kLongestSessionElement = 64;

constexpr CharacterSet kBrackets("<>");

// Elements of which there is but one, so that a second one shows that the first is client text.
struct Seen {
    bool lip = false;
    bool mpid = false;
};

bool mark(bool& seen) noexcept
{
    const bool is_first = !seen;
    seen = true;
    return is_first;
}

bool read_address(std::string_view text, std::optional<IpAddress>& ip) noexcept
{
    if (ip) return false;
    ip = IpAddress::parse(text);
    return ip.has_value();
}

bool read_port(std::string_view text, std::optional<std::uint16_t>& port) noexcept
{
    if (port) return false;
    port = take_number<std::uint16_t>(text);
    return port && text.empty();
}

bool read_method(std::string_view text, std::optional<std::string_view>& method) noexcept
{
    if (method) return false;
    method = text;
    return true;
}

// "abc…>"
bool read_session(std::string_view text, std::optional<std::string_view>& session) noexcept
{
    if (session || !text.ends_with('>')) return false;
    text.remove_suffix(1);
    if (text.size() > kLongestSessionElement || kBrackets.has_any_of(text)) return false;
    session = text;
    return true;
}

// The elements that stand before or behind the user name.
class ElementReader {
public:
    explicit ElementReader(std::string_view text) : text_(text) {}

    // "" or ", rip=…, lip=…" to the end.
    bool read_rest(std::string_view text) noexcept
    {
        while (!text.empty()) {
            if (!take(text, ", ") || !read_next(text)) return false;
        }
        return true;
    }

    // Those in front of `user=<`; says whether there is one.
    bool read_up_to_account() noexcept
    {
        while (!text_.empty() && !begins_with(text_, "user=<")) {
            if (!read_next(text_)) return false;
            if (!text_.empty() && !take(text_, ", ")) return false;
        }
        return true;
    }

    std::string_view text() const noexcept { return text_; }
    DovecotElements& found() noexcept { return found_; }

private:
    // Eats one element. Only a session id has brackets: whatever text a user name ends with is
    // followed by its own closing one.
    bool read_next(std::string_view& text) noexcept
    {
        auto element = text.substr(0, text.find(", "));
        text.remove_prefix(element.size());
        if (take(element, "session=<")) return read_session(element, found_.session);
        if (kBrackets.has_any_of(element)) return false;
        if (element.empty() || begins_with(element, "user=")) return false;
        if (take(element, "rip=")) return read_address(element, found_.ip);
        if (take(element, "rport=")) return read_port(element, found_.client_port);
        if (take(element, "lport=")) return read_port(element, found_.local_port);
        if (take(element, "method=")) return read_method(element, found_.method);
        if (begins_with(element, "lip=")) return mark(seen_.lip);
        if (begins_with(element, "mpid=")) return mark(seen_.mpid);
        return true;  // "TLS", "TLS: Disconnected", "secured", what an administrator has added
    }

    std::string_view text_;
    DovecotElements found_{};
    Seen seen_{};
};

struct ElementsCandidate : DovecotElements {
    bool contradicts(const ElementsCandidate& other) const noexcept { return ip != other.ip; }
    void keep_common(const ElementsCandidate& other) noexcept
    {
        keep_if_same(account, other.account);
        keep_if_same(session, other.session);
        keep_if_same(client_port, other.client_port);
        keep_if_same(local_port, other.local_port);
        keep_if_same(method, other.method);
    }
};

}  // namespace

// The name may itself hold "x>, method=PLAIN, rip=8.8.8.8, lip=…, session=<x": so each ">" is tried
// as its end. Behind the true end stand the true `rip=` and its like, so that a forged one is the
// second of its kind there; and behind a forged list stands the name's own ">".
std::optional<DovecotElements> read_dovecot_elements(std::string_view text)
{
    constexpr std::optional<DovecotElements> kNothing;
    ElementReader before(text);
    if (!before.read_up_to_account()) return kNothing;
    text = before.text();
    if (!take(text, "user=<")) return before.found().ip ? before.found() : kNothing;
    Consensus<ElementsCandidate> consensus;
    for (auto end = text.find('>'); end <= kLongestUserElement; end = text.find('>', end + 1)) {
        auto reader = before;
        if (!reader.read_rest(text.substr(end + 1)) || !reader.found().ip) continue;
        reader.found().account = text.substr(0, end);
        consensus.add({reader.found()});
    }
    return consensus.agreed() == nullptr ? kNothing : *consensus.agreed();
}

}  // namespace mailban
