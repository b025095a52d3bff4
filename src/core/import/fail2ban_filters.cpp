#include "fail2ban_filters.h"

#include "mailban/words.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

constexpr auto kAuth = EventKind::auth_failure;
constexpr auto kRelay = EventKind::relay_denied;
constexpr auto kUnknown = EventKind::unknown_recipient;
constexpr auto kRejected = EventKind::rejected;
constexpr auto kAbuse = EventKind::abuse;

// filter.d/postfix.conf: "normal" and "more" hold the hits of block lists, too; "extra" adds auth,
// "aggressive" all.
EventKinds postfix_kinds(std::string_view mode)
{
    if (mode == "auth") return {kAuth};
    if (mode == "rbl") return {kRejected};
    if (mode == "ddos" || mode == "errors") return {kAbuse};
    if (mode == "extra") return {kRelay, kUnknown, kRejected, kAuth};
    if (mode == "aggressive") return {kRelay, kUnknown, kRejected, kAuth, kAbuse};
    return {kRelay, kUnknown, kRejected};
}

EventKinds with_abuse(EventKinds kinds, std::string_view mode)
{
    if (mode == "aggressive" || mode == "extra" || mode == "ddos") kinds.insert(kAbuse);
    return kinds;
}

// Filters of which all modes count wrong passwords.
constexpr std::array kPasswordFilters{
    std::string_view("postfix-sasl"),
    std::string_view("sasl"),
    std::string_view("cyrus-imap"),
    std::string_view("courier-auth"),
    std::string_view("courierlogin"),
    std::string_view("roundcube-auth"),
    std::string_view("sendmail-auth"),
    std::string_view("sieve"),
    std::string_view("kerio"),
    std::string_view("domino-smtp"),
    std::string_view("dovecot-pop3imap"),
    std::string_view("haraka"),
};
constexpr std::array kAssuredFilters{std::string_view("sogo-auth"), std::string_view("horde")};

struct PatternFilter {
    std::string_view filter{};
    std::string_view pattern{};  // of config/patterns; empty: none
};
constexpr std::array<PatternFilter, 7> kPatternFilters{{
    {"perdition", "perdition"},
    {"uwimap-auth", "uw-imapd"},
    {"solid-pop3d", "solid-pop3d"},
    {"oracleims", "oracle-messaging"},
    {"squirrelmail", {}},
    {"openwebmail", {}},
    {"qmail", {}},
}};

Fail2banFilter mail_filter(EventKinds kinds)
{
    return {.is_mail = true, .is_read = true, .kinds = kinds};
}

Fail2banFilter pattern_filter(const PatternFilter& entry)
{
    Fail2banFilter filter{.is_mail = true, .kinds = {kAuth}};
    filter.instead =
        entry.pattern.empty()
            ? "mailban does not read this program's log; write a pattern "
              "(docs/configuration.md, Patterns), or keep this jail in fail2ban"
            : "add its log to sources by hand, with 'parser: " + std::string(entry.pattern) +
                  "', a shipped pattern";
    return filter;
}

}  // namespace

Fail2banFilter fail2ban_filter(std::string_view name, std::string_view mode)
{
    if (name == "postfix") return mail_filter(postfix_kinds(mode));
    if (name == "postfix-rbl") return mail_filter({kRejected});
    if (name == "dovecot") return mail_filter(with_abuse({kAuth}, mode));
    if (name == "exim") return mail_filter(with_abuse({kAuth, kRelay, kUnknown, kAbuse}, mode));
    if (name == "exim-spam") return mail_filter({kRejected});
    if (name == "sendmail-reject") return mail_filter(with_abuse({kRelay, kUnknown}, mode));
    if (name == "courier-smtp" || name == "couriersmtp") return mail_filter({kAuth, kUnknown});
    if (is_one_of(name, kPasswordFilters)) return mail_filter({kAuth});
    if (is_one_of(name, kAssuredFilters)) {
        auto filter = mail_filter({kAuth});
        filter.needs_assurance = true;
        return filter;
    }
    const auto* const entry =
        std::find_if(kPatternFilters.begin(), kPatternFilters.end(),
                     [&](const PatternFilter& one) { return one.filter == name; });
    return entry == kPatternFilters.end() ? Fail2banFilter{} : pattern_filter(*entry);
}

}  // namespace mailban
