// JournalMatch: which entries of the journal belong to one source, by a field that journald fills
// in (the unit) or that the writer chose (the identifier, the container).
#pragma once

#include "mailban/config/config.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::io {

class JournalMatch {
public:
    // A unit as systemctl takes it: "dovecot" is dovecot.service, "postfix@.service" every instance
    // of the template, and `*`, `?` and `[...]` match as in a shell.
    static JournalMatch unit(std::string name);
    // SYSLOG_IDENTIFIER, "postfix/smtpd"; the same patterns. Whoever may write to the journal may
    // write any identifier.
    static JournalMatch identifier(std::string name);
    // The same of what users of the system's own wrote, not people: what may be followed unasked.
    static JournalMatch system_identifier(std::string name);
    // CONTAINER_NAME, "mailserver"; the same patterns. Only root's entries count (Docker's daemon,
    // podman's conmon): whoever else may write to the journal may write any name.
    static JournalMatch container(std::string name);

    // The field to look at: "_SYSTEMD_UNIT", "SYSLOG_IDENTIFIER" or "CONTAINER_NAME".
    const char* field() const noexcept;
    bool fits(std::string_view value) const;
    // Whether what this user wrote (_UID; empty: nobody knows who) is believed.
    bool believes(std::string_view uid) const noexcept;
    bool is_unit() const noexcept { return kind_ == Kind::unit; }
    // One value alone fits: the journal's own index finds it.
    bool is_exact() const noexcept { return exact_; }
    const std::string& pattern() const noexcept { return pattern_; }
    // "unit dovecot.service"
    std::string name() const;

    bool operator==(const JournalMatch&) const = default;

private:
    enum class Kind : std::uint8_t { unit, identifier, system_identifier, container };

    JournalMatch(Kind kind, std::string pattern);

    Kind kind_;
    std::string pattern_;
    bool exact_;
};

// What a source names: units, then identifiers, then containers.
std::vector<JournalMatch> journal_matches(const SourceConfig& source);

// A part of a journal that is read on its own.
struct JournalSelection {
    std::string directory{};  // empty: this machine's journal
    JournalMatch match;
    // Entries that fit one of these belong to another part.
    std::vector<JournalMatch> others{};
};

// "journal unit dovecot.service", "journal /srv/journal identifier exim"
std::string journal_name(const std::string& directory, const JournalMatch& match);

}  // namespace mailban::io
