#include "io/discover/journal_parts.h"

#include "io/source/journal.h"
#include "mailban/discover/known_units.h"

#include <algorithm>

namespace mailban::io {

Result<std::vector<JournalSelection>> journal_parts(const std::string& directory)
{
    auto journal = Journal::open(directory);
    if (!journal) return journal.error();
    constexpr std::size_t kMostValues = 100'000;
    auto units = journal->values_of("_SYSTEMD_UNIT", kMostValues);
    auto names = journal->values_of("SYSLOG_IDENTIFIER", kMostValues);
    std::ranges::sort(units);
    std::ranges::sort(names);
    std::vector<JournalMatch> matches;
    for (const auto& unit : units) {
        if (is_mail_unit(unit)) matches.push_back(JournalMatch::unit(unit));
    }
    const auto& known = mail_identifiers();
    for (const auto& name : names) {
        if (std::ranges::find(known, name) != known.end())
            matches.push_back(JournalMatch::system_identifier(name));
    }
    std::vector<JournalSelection> parts;
    for (const auto& match : matches) {
        std::vector<JournalMatch> others;
        for (const auto& part : parts)
            others.push_back(part.match);
        parts.push_back({directory, match, std::move(others)});
    }
    return parts;
}

}  // namespace mailban::io
