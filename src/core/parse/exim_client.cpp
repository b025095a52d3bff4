#include "mailban/parse/exim_client.h"

#include "mailban/parse/scan.h"

#include <algorithm>

namespace mailban {

namespace {

// An ident reply is cut to 127 bytes and printed with at most four bytes for each.
constexpr std::size_t kLongestIdent = 4 * 127;
// No line that Exim writes needs more; a hostile one could make the search quadratic.
constexpr std::size_t kMostHeloEnds = 64;

bool is_host_character(char c) noexcept
{
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_' || c == '/';
}

// "[192.0.2.7]"
std::optional<IpAddress> take_bracketed_address(std::string_view& text)
{
    auto rest = text;
    if (!take(rest, "[")) return std::nullopt;
    const auto address = IpAddress::parse(rest.substr(0, rest.find(']')));
    if (!address) return std::nullopt;
    take_until(rest, ']');
    rest.remove_prefix(1);
    text = rest;
    return address;
}

// ":25", unless the colon belongs to what follows.
std::optional<std::uint16_t> take_port(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, ":")) return std::nullopt;
    const auto port = take_number<std::uint16_t>(rest);
    if (port) text = rest;
    return port;
}

bool take_interface(std::string_view& text)
{
    auto rest = text;
    if (!take(rest, " I=")) return true;
    if (!take_bracketed_address(rest)) return false;
    take_port(rest);
    text = rest;
    return true;
}

void take_connection_id(std::string_view& text) noexcept
{
    auto rest = text;
    if (take(rest, " Ci=") && take_number<std::uint64_t>(rest)) text = rest;
}

// What all readings so far have in common.
class Agreement {
public:
    void add(const IpAddress& ip, std::optional<std::uint16_t> port, const EximStatement& said)
    {
        if (!any_) {
            any_ = true;
            ip_ = ip;
            port_ = port;
            said_ = said;
            return;
        }
        if (ip != ip_ || said.kind != said_.kind) contradicted_ = true;
        if (port != port_) port_.reset();
        if (said.account != said_.account) said_.account.reset();
        if (said.reply != said_.reply) said_.reply.reset();
    }

    bool contradicted() const noexcept { return contradicted_; }

    std::optional<Event> event() const
    {
        if (!any_ || contradicted_ || !said_.kind) return std::nullopt;
        Event event;
        event.kind = *said_.kind;
        event.ip = ip_;
        event.service = Service::smtp;
        if (said_.account) event.account.emplace(*said_.account);
        event.reply = said_.reply;
        event.client_port = port_;
        return event;
    }

private:
    bool any_ = false;
    bool contradicted_ = false;
    IpAddress ip_{};
    std::optional<std::uint16_t> port_{};
    EximStatement said_{};
};

class Reader {
public:
    Reader(ReadEximRest understand, EximExtent extent, EximMatch match, EximFormats formats)
        : understand_(understand), extent_(extent), match_(match), formats_(formats)
    {
    }

    // Readings with another address than this one are impossible.
    void expect(const IpAddress& peer) { peer_ = peer; }

    // `text` begins with "[ip]".
    void read_from_address(std::string_view text)
    {
        const auto ip = take_bracketed_address(text);
        if (!ip || (peer_ && *ip != *peer_)) return;
        const auto port = take_port(text);
        const bool understood = take_interface(text) && read_behind_address(*ip, port, text);
        if (!understood && formats_ == EximFormats::many) agreement_.add(*ip, port, {});
    }

    const Agreement& agreement() const noexcept { return agreement_; }

private:
    using Port = std::optional<std::uint16_t>;

    bool read_behind_address(const IpAddress& ip, Port port, std::string_view rest)
    {
        take(rest, " TFO*") || take(rest, " TFO");
        if (!rest.starts_with(" U=")) return read_behind_ident(ip, port, rest);
        // The ident reply can hold a piece that is understood, where the true end of the line is
        // not or has been cut off.
        if (formats_ == EximFormats::many || extent_ != EximExtent::whole) return false;
        bool understood = false;
        const auto last = std::min(rest.size(), 4 + kLongestIdent);
        for (std::size_t end = 4; end < last; ++end) {
            // Whatever follows an ident reply begins with one of these.
            if (rest[end] != ' ' && rest[end] != ':') continue;
            if (read_behind_ident(ip, port, rest.substr(end))) understood = true;
        }
        return understood;
    }

    bool read_behind_ident(const IpAddress& ip, Port port, std::string_view rest)
    {
        take_connection_id(rest);
        const auto said = understand_(rest, match_);
        if (said) agreement_.add(ip, port, *said);
        return said.has_value();
    }

    ReadEximRest understand_;
    EximExtent extent_;
    EximMatch match_;
    EximFormats formats_;
    std::optional<IpAddress> peer_{};
    Agreement agreement_{};
};

// `text` begins with "(helo) [ip]".
std::optional<Event> read_behind_helo(std::string_view text, Reader& reader)
{
    constexpr std::string_view kHeloEnd = ") [";
    std::size_t tried = 0;
    for (auto end = text.find(kHeloEnd); end != std::string_view::npos;
         end = text.find(kHeloEnd, end + 1)) {
        if (++tried > kMostHeloEnds) return std::nullopt;
        reader.read_from_address(text.substr(end + 2));
        if (reader.agreement().contradicted()) return std::nullopt;
    }
    return reader.agreement().event();
}

// Eats "host ". False: what is there is no host name.
bool take_host_name(std::string_view& text) noexcept
{
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_host_character);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    return take(text, " ");
}

}  // namespace

std::optional<Event> read_exim_client(std::string_view text, const EximScene& scene,
                                      ReadEximRest read_rest, EximFormats formats)
{
    const bool is_named = !text.starts_with('[') && !text.starts_with('(');
    if (is_named && !take_host_name(text)) return std::nullopt;
    if (text.starts_with('[')) {
        Reader reader(read_rest, scene.extent, EximMatch::lenient, formats);
        reader.read_from_address(text);
        return reader.agreement().event();
    }
    if (!text.starts_with('(')) return std::nullopt;
    // A cut line does not show whether the HELO name went on, unless its end is known otherwise.
    const bool is_whole = scene.extent == EximExtent::whole;
    const bool is_known = scene.peer && !is_named;
    if (!is_whole && !is_known) return std::nullopt;
    const auto match = is_whole ? EximMatch::exact : EximMatch::lenient;
    Reader reader(read_rest, scene.extent, match, formats);
    if (is_known) reader.expect(*scene.peer);
    return read_behind_helo(text, reader);
}

}  // namespace mailban
