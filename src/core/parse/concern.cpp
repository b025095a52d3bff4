#include "mailban/parse/concern.h"

#include "mailban/plural.h"

#include <algorithm>

namespace mailban {

namespace {

struct Word {
    std::string_view name{};
    std::string_view sentence{};
};

// In the order of the enumerators.
constexpr std::array<Word, kConcerns> kWords{{
    {"ambiguous",
     "The line can be read in two ways, because a client sent text that looks like a part of it; "
     "it is no event."},
    {"lost_lines",
     "The server dropped the line of an attempt or the address in it, because a client made it too "
     "long; mailban does not see these attempts."},
    {"forgeable",
     "Clients can write lines of this log, and nothing shows which lines are genuine."},
    {"hidden_attempts",
     "The log has failed logins, but no line of the auth process; the last command of a "
     "connection can hide earlier wrong passwords."},
    {"unlogged_failures",
     "The log has logins or notes of too many attempts, but no wrong password; the server does not "
     "log wrong passwords, so nobody is banned for them."},
}};

struct Advice {
    MailServer server{};
    Concern concern{};
    std::string_view sentence{};
};

constexpr std::array kAdvice{
    Advice{MailServer::exim, Concern::ambiguous,
           "Set 'log_selector = +incoming_port +smtp_connection' in Exim's configuration, or "
           "remove helo_accept_junk_hosts."},
    Advice{MailServer::exim, Concern::lost_lines,
           "Let Exim drop clients with a long HELO name (acl_smtp_helo; docs/configuration.md has "
           "the lines)."},
    Advice{MailServer::roundcube, Concern::forgeable,
           "Set log_driver = 'file', log_logins = true and log_session_id = 8 in Roundcube's "
           "configuration and follow only its userlogins.log, or see escaped_line_feeds in "
           "docs/configuration.md."},
    Advice{MailServer::roundcube, Concern::ambiguous,
           "Let the web server unset the headers X-Forwarded-For and X-Real-IP."},
    Advice{MailServer::sogo, Concern::forgeable,
           "Let the web server set x-webobjects-remote-host, then say 'parser: sogo' and "
           "'trusted_front_end: true' in the source; through syslog, 'escaped_line_feeds: true', "
           "too (docs/configuration.md has the lines)."},
    Advice{MailServer::horde, Concern::forgeable,
           "Let Horde log through syslog, with syslog.filter = raw in PHP's configuration, then "
           "say 'parser: horde' and 'escaped_line_feeds: true' in the source "
           "(docs/configuration.md)."},
    Advice{MailServer::horde, Concern::ambiguous,
           "Let the web server unset the header X-Forwarded-For."},
    Advice{MailServer::zimbra, Concern::forgeable,
           "Follow Zimbra's audit.log instead: there, it escapes what clients send."},
    Advice{MailServer::zimbra, Concern::ambiguous,
           "The client's address comes from a peer that mailban does not know as a proxy; if it is "
           "your proxy, add it to 'proxies'."},
    Advice{MailServer::stalwart, Concern::unlogged_failures,
           "Set 'tracing.level.auth.failed = \"info\"' in Stalwart's configuration, or the log's "
           "level to debug."},
    Advice{
        MailServer::sendmail, Concern::lost_lines,
        "Set confLOG_LEVEL to 12 or more in Sendmail's configuration: it then logs the address of "
        "each connection, too."},
    Advice{MailServer::dovecot, Concern::hidden_attempts,
           "Set 'auth_verbose = yes' in Dovecot's configuration and reload Dovecot."},
    Advice{
        MailServer::nginx, Concern::forgeable,
        "What two clients do at the same time is left out; let nginx log to syslog (error_log "
        "syslog:server=unix:/dev/log info), or say 'escaped_line_feeds: true' where that is so."},
    Advice{MailServer::snappymail, Concern::forgeable,
           "What two clients do at the same time is left out; let the web server report the logins "
           "with a pattern such as web-login (docs/configuration.md, Web programs)."},
    Advice{MailServer::nextcloud, Concern::forgeable,
           "Let the proxy in front of Nextcloud replace X-Forwarded-For, or have none, then say "
           "'trusted_front_end: true' in the source."},
    Advice{MailServer::postfixadmin, Concern::forgeable,
           "Let PostfixAdmin log into Apache's error log, which escapes what clients send, or say "
           "'escaped_line_feeds: true' where that is so."},
    Advice{MailServer::mailcow, Concern::forgeable,
           "Say 'escaped_line_feeds: true' in the source where no line feed of a client's ends a "
           "line of this log."},
    Advice{MailServer::pattern, Concern::ambiguous,
           "Two patterns of the configuration disagree about it; change one of them."},
};

const Word& word_of(Concern concern) noexcept
{
    return kWords[static_cast<std::size_t>(concern)];
}

}  // namespace

std::string_view to_string(Concern concern) noexcept
{
    return word_of(concern).name;
}

std::string_view explain(Concern concern) noexcept
{
    return word_of(concern).sentence;
}

std::string_view advice_on(Concern concern, MailServer server) noexcept
{
    const auto is_it = [&](const Advice& advice) {
        return advice.server == server && advice.concern == concern;
    };
    const auto* const found = std::find_if(kAdvice.begin(), kAdvice.end(), is_it);
    return found == kAdvice.end() ? std::string_view() : found->sentence;
}

std::uint64_t& LogConcerns::count(MailServer server, Concern concern) noexcept
{
    return counts_[static_cast<std::size_t>(server)][static_cast<std::size_t>(concern)];
}

std::uint64_t LogConcerns::lines(MailServer server, Concern concern) const noexcept
{
    return counts_[static_cast<std::size_t>(server)][static_cast<std::size_t>(concern)];
}

std::vector<LogConcerns::Entry> LogConcerns::entries() const
{
    std::vector<Entry> entries;
    for (std::size_t server = 0; server < kMailServers; ++server) {
        for (std::size_t concern = 0; concern < kConcerns; ++concern) {
            const Entry entry{static_cast<MailServer>(server), static_cast<Concern>(concern),
                              counts_[server][concern]};
            if (entry.lines > 0) entries.push_back(entry);
        }
    }
    return entries;
}

std::string to_string(const LogConcerns::Entry& entry)
{
    std::string text(to_string(entry.server));
    text += ", " + plural(entry.lines, "line", "lines") + ": ";
    text += explain(entry.concern);
    const auto advice = advice_on(entry.concern, entry.server);
    if (!advice.empty()) text += " " + std::string(advice);
    return text;
}

}  // namespace mailban
