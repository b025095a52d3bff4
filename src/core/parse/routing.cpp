#include "routing.h"

#include "mailban/parse/scan.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

// "exim", "exim4", "Exim-in": what syslog_processname is likely to be.
bool is_exim_program(std::string_view program) noexcept
{
    return program.starts_with("exim") || program.starts_with("Exim");
}

// What courierlogger and courieresmtpd call themselves; the latter is configurable (SYSLOGNAME).
bool is_courier_program(std::string_view program) noexcept
{
    constexpr std::array<std::string_view, 14> kNames{
        "imapd",         "imapd-ssl",   "imaplogin",         "courierimapd", "pop3d",
        "pop3d-ssl",     "pop3login",   "courierpop3login",  "courierpop3d", "esmtpd",
        "courieresmtpd", "authdaemond", "authdaemond.plain", "sqwebmaild"};
    return program.starts_with("courier") ||
           std::find(kNames.begin(), kNames.end(), program) != kNames.end();
}

struct Prefix {
    std::string_view text{};
    MailServer server = MailServer::exim;
};

// How the programs of one server each begin.
constexpr std::array<Prefix, 6> kPrograms{
    Prefix{"haraka", MailServer::haraka},       Prefix{"stalwart", MailServer::stalwart},
    Prefix{"roundcube", MailServer::roundcube}, Prefix{"sogod", MailServer::sogo},
    Prefix{"HORDE", MailServer::horde},         Prefix{"horde", MailServer::horde}};

// How the messages of a server's own log begin, where nothing names the program.
constexpr std::array<Prefix, 10> kOwnLogs{
    Prefix{"sogod [", MailServer::sogo},      Prefix{"HORDE [", MailServer::horde},
    Prefix{"level=", MailServer::haraka},     Prefix{"{\"level\":", MailServer::haraka},
    Prefix{"[NOTICE] [", MailServer::haraka}, Prefix{"INFO ", MailServer::stalwart},
    Prefix{"WARN ", MailServer::stalwart},    Prefix{"ERROR ", MailServer::stalwart},
    Prefix{"DEBUG ", MailServer::stalwart},   Prefix{"TRACE ", MailServer::stalwart}};

template <std::size_t N>
std::optional<MailServer> server_by_prefix(const std::array<Prefix, N>& prefixes,
                                           std::string_view text) noexcept
{
    const auto* const found =
        std::find_if(prefixes.begin(), prefixes.end(),
                     [&](const auto& known) { return text.starts_with(known.text); });
    if (found == prefixes.end()) return std::nullopt;
    return found->server;
}

// A service of Node.js whose name nobody has given to the journal.
bool begins_as_haraka(std::string_view message) noexcept
{
    return server_by_prefix(kOwnLogs, message) == MailServer::haraka;
}

std::optional<MailServer> server_of_program(std::string_view program,
                                            std::string_view message) noexcept
{
    if (is_exim_program(program)) return MailServer::exim;
    if (is_courier_program(program)) return MailServer::courier;
    if (program == "node" && begins_as_haraka(message)) return MailServer::haraka;
    return server_by_prefix(kPrograms, program);
}

// A line of a log that one server writes for itself.
std::optional<MailServer> server_of_own_log(const LineHeader& header) noexcept
{
    constexpr std::size_t kSeconds = 19;
    switch (header.style) {
    case HeaderStyle::plain:
        // log4j writes the fraction behind a comma.
        return header.stamp[kSeconds] == ',' ? MailServer::zimbra : MailServer::exim;
    case HeaderStyle::slashes: return MailServer::kerio;
    case HeaderStyle::hyphens: return MailServer::roundcube;
    default: return server_by_prefix(kOwnLogs, header.message);
    }
}

}  // namespace

std::optional<MailServer> server_of(const LineHeader& header) noexcept
{
    // Horde 5 writes the severity where syslog has the program: "2026-…+00:00 ERR: HORDE [imp] ".
    if (header.style == HeaderStyle::iso && header.host.empty() &&
        header.message.starts_with("HORDE ["))
        return MailServer::horde;
    return header.program.empty() ? server_of_own_log(header)
                                  : server_of_program(header.program, header.message);
}

}  // namespace mailban
