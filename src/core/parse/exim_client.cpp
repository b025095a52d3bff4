#include "mailban/parse/exim_client.h"

#include "mailban/parse/consensus.h"
#include "mailban/scan.h"

#include <algorithm>

namespace mailban {

namespace {

// An ident reply is cut to 127 bytes and printed with at most four bytes for each.
constexpr std::size_t kLongestIdent = std::size_t{4} * 127;
// No line that Exim writes needs more; a hostile one could make the search quadratic.
constexpr std::size_t kMostHeloEnds = 64;

constexpr CharacterSet kOfHostNames = kLettersAndDigits.with(".-_/");

// ":25", unless the colon belongs to what follows.
std::optional<std::uint16_t> take_port(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, ":")) return std::nullopt;
    const auto port = take_number<std::uint16_t>(rest);
    if (port) text = rest;
    return port;
}

// " I=[192.0.2.1]:25": the port of ours.
std::optional<std::uint16_t> take_interface(std::string_view& text) noexcept
{
    if (!take(text, " I=[")) return std::nullopt;
    take_until(text, ']');
    take(text, "]");
    return take_port(text);
}

void skip_connection_id(std::string_view& text) noexcept
{
    auto rest = text;
    if (take(rest, " Ci=") && take_number<std::uint64_t>(rest)) text = rest;
}

// One way to read a line.
struct EximCandidate {
    EximEndpoint client{};
    EximStatement said{};
    bool is_deed = said.kind.has_value();  // this one, or any that was compared with it

    bool contradicts(const EximCandidate& other) const noexcept
    {
        return client.ip != other.client.ip || said.kind != other.said.kind;
    }
    void keep_common(const EximCandidate& other) noexcept
    {
        is_deed = is_deed || other.is_deed;
        keep_if_same(client.port, other.client.port);
        keep_if_same(client.local_port, other.client.local_port);
        keep_if_same(said.account, other.said.account);
        keep_if_same(said.reply, other.said.reply);
    }
};

Event event_of(const EximCandidate& agreed)
{
    Event event;
    event.kind = *agreed.said.kind;
    event.ip = agreed.client.ip;
    event.service = Service::smtp;
    if (agreed.said.account) event.account.emplace(*agreed.said.account);
    event.reply = agreed.said.reply;
    event.client_port = agreed.client.port;
    event.local_port = agreed.client.local_port;
    return event;
}

bool may_have_connected(const EximClientText& client, const EximEndpoint& endpoint)
{
    const auto& scene = client.scene;
    return endpoint.port && client.peers.connection(scene.host, endpoint.ip, *endpoint.port,
                                                    scene.time) != KnownPeers::Seen::no;
}

// What must be known of a candidate's client besides the line; else it is none.
enum class Evidence : std::uint8_t {
    none,        // nothing
    process,     // that the process talks to it
    connection,  // that it has connected from its port, or that too little is known of who has
};

class Reader {
public:
    Reader(const EximClientText& client, ReadEximRest understand, EximFormats formats,
           EximMatch match, Evidence evidence)
        : client_(client),
          understand_(understand),
          formats_(formats),
          match_(match),
          evidence_(evidence)
    {
    }

    // `text` begins with "[ip]".
    void read_from_address(std::string_view text)
    {
        auto endpoint = take_exim_endpoint(text);
        if (!endpoint || !is_possible(*endpoint)) return;
        is_seen_ = true;
        endpoint->local_port = take_interface(text);
        const bool understood = read_behind_address(*endpoint, text);
        const bool may_be_other = formats_ == EximFormats::many || match_ == EximMatch::lenient;
        if (!understood && may_be_other) consensus_.add({*endpoint, {}});
        if (understood || may_be_other) outermost_ = *endpoint;
    }

    // `text` begins with "(helo) [ip]".
    void read_behind_helo(std::string_view text)
    {
        constexpr std::string_view kHeloEnd = ") [";
        std::size_t tried = 0;
        for (auto end = text.find(kHeloEnd); end != std::string_view::npos;
             end = text.find(kHeloEnd, end + 1)) {
            if (++tried > kMostHeloEnds) return give_up();
            read_from_address(text.substr(end + 2));
        }
    }

    // The event, or that the ways to read the line differ on one.
    ParseResult result() const
    {
        if (consensus_.is_contradicted() && (has_given_up_ || consensus_.common().is_deed))
            return Concern::ambiguous;
        const auto* const agreed = consensus_.agreed();
        if (agreed == nullptr || !agreed->said.kind) return {};
        return std::optional<Event>(event_of(*agreed));
    }
    bool is_contradicted() const noexcept { return consensus_.is_contradicted(); }
    // The client of the last way to read the line.
    const std::optional<EximEndpoint>& outermost() const noexcept { return outermost_; }
    // Whether a possible client stands anywhere, even with something unknown behind it.
    bool is_seen() const noexcept { return is_seen_; }

private:
    // No longer worth the search: the line is made to mislead.
    void give_up() noexcept
    {
        has_given_up_ = true;
        consensus_.give_up();
    }

    bool is_possible(const EximEndpoint& endpoint) const
    {
        const auto& scene = client_.scene;
        switch (evidence_) {
        case Evidence::process:
            return scene.pid &&
                   client_.peers.of_process(scene.host, *scene.pid, scene.time) == endpoint.ip;
        case Evidence::connection: return may_have_connected(client_, endpoint);
        case Evidence::none: break;
        }
        return true;
    }

    bool read_behind_address(const EximEndpoint& endpoint, std::string_view rest)
    {
        take(rest, " TFO*") || take(rest, " TFO");
        if (!rest.starts_with(" U=")) return read_behind_ident(endpoint, rest);
        // The ident reply can hold a piece that is understood, where the true end of the line is
        // not or has been cut off.
        if (formats_ == EximFormats::many || client_.scene.extent != EximExtent::whole)
            return false;
        bool understood = false;
        const auto last = std::min(rest.size(), 4 + kLongestIdent);
        for (std::size_t end = 4; end < last; ++end) {
            // Whatever follows an ident reply begins with one of these.
            if (rest[end] != ' ' && rest[end] != ':') continue;
            if (read_behind_ident(endpoint, rest.substr(end))) understood = true;
        }
        return understood;
    }

    bool read_behind_ident(const EximEndpoint& endpoint, std::string_view rest)
    {
        skip_connection_id(rest);
        const auto said = understand_(rest, match_);
        if (said) consensus_.add({endpoint, *said});
        return said.has_value();
    }

    const EximClientText& client_;
    ReadEximRest understand_;
    EximFormats formats_;
    EximMatch match_;
    Evidence evidence_;
    Consensus<EximCandidate> consensus_{};
    std::optional<EximEndpoint> outermost_{};
    bool is_seen_ = false;
    bool has_given_up_ = false;
};

// Eats "host ". False: what is there is no host name.
bool take_host_name(std::string_view& text) noexcept
{
    take_all(text, kOfHostNames);
    return take(text, " ");
}

bool knows_peer_of_process(const EximClientText& client)
{
    const auto& scene = client.scene;
    return scene.pid && client.peers.of_process(scene.host, *scene.pid, scene.time);
}

}  // namespace

std::optional<EximEndpoint> take_exim_endpoint(std::string_view& text)
{
    auto rest = text;
    if (!take(rest, "[")) return std::nullopt;
    const auto ip = IpAddress::parse(take_until(rest, ']'));
    if (!ip || !take(rest, "]")) return std::nullopt;
    text = rest;
    return EximEndpoint{.ip = *ip, .port = take_port(text)};
}

void skip_exim_details(std::string_view& text) noexcept
{
    take_interface(text);
    skip_connection_id(text);
}

ParseResult read_exim_client(const EximClientText& client, ReadEximRest read_rest,
                             EximFormats formats)
{
    auto text = client.text;
    const bool is_named = !text.starts_with('[') && !text.starts_with('(');
    if (is_named && !take_host_name(text)) return {};
    if (text.starts_with('[')) {
        Reader certain(client, read_rest, formats, EximMatch::lenient, Evidence::none);
        certain.read_from_address(text);
        return certain.result();
    }
    if (!text.starts_with('(')) return {};

    const bool is_whole = client.scene.extent == EximExtent::whole;
    const auto match = is_whole ? EximMatch::exact : EximMatch::lenient;
    // A client with a host name is none of those that a process is remembered for.
    if (!is_named && knows_peer_of_process(client)) {
        Reader known(client, read_rest, formats, match, Evidence::process);
        known.read_behind_helo(text);
        // A line without that client: the process has another one by now.
        if (known.is_seen()) return known.result();
    }
    Reader open(client, read_rest, formats, match, Evidence::none);
    open.read_behind_helo(text);
    // The candidate that evidence would speak for may be the one that was cut off.
    if (!is_whole) return open.outermost() ? ParseResult(Concern::ambiguous) : ParseResult();
    if (!open.is_contradicted()) return open.result();
    // The client's own address is the last one, or what follows it is the client's as well. Where
    // that one has not connected, too little is known of who has.
    if (!open.outermost() || !may_have_connected(client, *open.outermost())) return open.result();
    Reader evident(client, read_rest, formats, match, Evidence::connection);
    evident.read_behind_helo(text);
    return evident.result();
}

}  // namespace mailban
