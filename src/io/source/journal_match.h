// JournalMatch: which entries of the journal belong to one source, by a field that journald fills
// in (the unit) or that the writer chose (the identifier).
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

    // The field to look at: "_SYSTEMD_UNIT" or "SYSLOG_IDENTIFIER".
    const char* field() const noexcept;
    bool fits(std::string_view value) const;
    bool is_unit() const noexcept { return kind_ == Kind::unit; }
    // One value alone fits: the journal's own index finds it.
    bool is_exact() const noexcept { return exact_; }
    const std::string& pattern() const noexcept { return pattern_; }
    // "unit dovecot.service"
    std::string name() const;

    bool operator==(const JournalMatch&) const = default;

private:
    enum class Kind : std::uint8_t { unit, identifier };

    JournalMatch(Kind kind, std::string pattern);

    Kind kind_;
    std::string pattern_;
    bool exact_;
};

// What a source of the configuration names, units first.
std::vector<JournalMatch> journal_matches(const SourceConfig& source);

}  // namespace mailban::io
