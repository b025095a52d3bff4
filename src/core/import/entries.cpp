// What lists of other programs hold: addresses, blocks, host names, ports.
#include "mailban/characters.h"
#include "mailban/import/imported.h"
#include "mailban/net/host_name.h"
#include "mailban/net/prefix_text.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

namespace mailban {

namespace {

struct PortName {
    std::string_view name{};
    std::uint16_t port = 0;
};
constexpr std::array<PortName, 25> kPortNames{{
    {"smtp", 25},          {"smtps", 465},   {"ssmtp", 465}, {"submissions", 465}, {"urd", 465},
    {"submission", 587},   {"pop2", 109},    {"pop3", 110},  {"pop-3", 110},       {"pop3s", 995},
    {"imap", 143},         {"imap2", 143},   {"imap3", 220}, {"imaps", 993},       {"sieve", 4190},
    {"managesieve", 4190}, {"http", 80},     {"https", 443}, {"http-alt", 8080},   {"ssh", 22},
    {"ftp", 21},           {"ftp-data", 20}, {"ftps", 990},  {"ftps-data", 989},   {"socks", 1080},
}};

std::optional<std::uint16_t> port_named(std::string_view name)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), port);
    if (error == std::errc() && end == name.data() + name.size() && port != 0) return port;
    const auto* const found = std::find_if(kPortNames.begin(), kPortNames.end(),
                                           [&](const auto& entry) { return entry.name == name; });
    if (found == kPortNames.end()) return std::nullopt;
    return found->port;
}

// "255.255.0.0" is 16.
std::optional<unsigned> length_of_mask(std::string_view text)
{
    const auto mask = IpAddress::parse(text);
    if (!mask || !Prefix::host(*mask).is_v4()) return std::nullopt;
    std::uint32_t bits = 0;
    for (std::size_t at = 12; at < 16; ++at)
        bits = bits << 8U | mask->bytes()[at];
    const auto ones = static_cast<unsigned>(std::countl_one(bits));
    const bool is_mask = ones == 32 || bits << ones == 0;
    return is_mask ? std::optional(ones) : std::nullopt;
}

}  // namespace

std::string plain_import_name(std::string_view name)
{
    constexpr std::size_t kLongest = 40;
    constexpr auto kPlain = kLettersAndDigits.with("-_.");
    std::string plain(name.substr(0, kLongest));
    for (char& c : plain)
        if (!kPlain.has(c)) c = '-';
    return plain;
}

PortSet read_port_names(std::string_view text, std::vector<std::string>& unknown)
{
    PortSet ports;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(", \t\n"), text.size());
        const auto name = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (name.empty()) continue;
        if (is_one_of(name, {"0:65535", "1:65535", "all", "any", "anyport"})) return {true, {}};
        if (const auto port = port_named(name)) {
            ports = ports.united_with({false, {*port}});
        } else {
            unknown.emplace_back(name);
        }
    }
    return ports;
}

std::optional<Prefix> read_block(std::string_view text)
{
    if (const auto prefix = Prefix::parse(text)) return prefix;
    if (const auto prefix = without_host_bits(text)) return prefix;
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = IpAddress::parse(text.substr(0, slash));
    const auto length = length_of_mask(text.substr(slash + 1));
    if (!address || !length || !Prefix::host(*address).is_v4()) return std::nullopt;
    return Prefix::of(*address, *length);
}

bool add_allowed(std::string_view text, AllowConfig& into)
{
    const auto add = [](auto& list, const auto& value) {
        if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
    };
    if (const auto prefix = read_block(text)) {
        add(into.prefixes, *prefix);
        return true;
    }
    const auto name = parse_host_name(text);
    if (!name) return false;
    add(into.names, *name);
    return true;
}

}  // namespace mailban
