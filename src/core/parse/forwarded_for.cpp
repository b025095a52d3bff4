#include "mailban/parse/forwarded_for.h"

#include "mailban/net/private_address.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>

namespace mailban {

namespace {

// A chain of more proxies was made to mislead.
constexpr std::size_t kMostLinks = 32;

bool is_port(std::string_view text) noexcept
{
    return take_number<std::uint16_t>(text) && text.empty();
}

// Takes the last link off the chain.
std::optional<IpAddress> take_last(std::string_view& chain) noexcept
{
    const auto comma = chain.rfind(',');
    const bool is_first = comma == std::string_view::npos;
    const auto link = is_first ? chain : chain.substr(comma + 1);
    chain = is_first ? std::string_view() : chain.substr(0, comma);
    return read_forwarded_address(trimmed(link));
}

// Whether the first address to the left that is no private one is public: then all private ones
// behind it have forwarded for it. nullopt: something stands there that is no address.
std::optional<bool> has_public_client(std::string_view chain) noexcept
{
    for (std::size_t links = 0; !chain.empty(); ++links) {
        const auto link = take_last(chain);
        if (!link || links == kMostLinks) return std::nullopt;
        if (!is_private(*link)) return true;
    }
    return false;
}

// Whether `link` forwards for what stands left of it.
std::optional<bool> is_forwarder(const IpAddress& link, std::string_view left,
                                 const Proxies& proxies) noexcept
{
    if (proxies.contains(link)) return true;
    if (!proxies.private_by_nature || !is_private(link)) return false;
    return has_public_client(left);
}

// From `link`, left of which `chain` stands.
std::optional<IpAddress> go_left(IpAddress link, std::string_view chain,
                                 const Proxies& proxies) noexcept
{
    for (std::size_t links = 0; links < kMostLinks; ++links) {
        const auto forwards = is_forwarder(link, chain, proxies);
        if (!forwards) return std::nullopt;
        if (!*forwards || trimmed(chain).empty()) return link;
        const auto next = take_last(chain);
        if (!next) return std::nullopt;
        link = *next;
    }
    return std::nullopt;
}

}  // namespace

bool Proxies::contains(const IpAddress& ip) const noexcept
{
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [&](const Prefix& prefix) { return prefix.contains(ip); });
}

bool Proxies::may_forward(const IpAddress& ip) const noexcept
{
    return contains(ip) || (private_by_nature && is_private(ip));
}

std::optional<IpAddress> read_forwarded_address(std::string_view text) noexcept
{
    if (take(text, "[")) {
        const auto ip = IpAddress::parse(take_until(text, ']'));
        if (!ip || !take(text, "]")) return std::nullopt;
        if (!text.empty() && !(take(text, ":") && is_port(text))) return std::nullopt;
        return ip;
    }
    const auto colon = text.find(':');
    const bool has_one_colon = colon != std::string_view::npos && colon == text.rfind(':');
    if (!has_one_colon) return IpAddress::parse(text);
    if (!is_port(text.substr(colon + 1))) return std::nullopt;
    return IpAddress::parse(text.substr(0, colon));
}

std::optional<IpAddress> client_of_chain(std::string_view chain, const Proxies& proxies) noexcept
{
    const auto last = take_last(chain);
    if (!last) return std::nullopt;
    return go_left(*last, chain, proxies);
}

std::optional<IpAddress> client_of_chain(std::string_view chain, const IpAddress& peer,
                                         const Proxies& proxies) noexcept
{
    return go_left(peer, chain, proxies);
}

}  // namespace mailban
