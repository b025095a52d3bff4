#include "io/source/journal_match.h"

#include <fnmatch.h>

#include <utility>

namespace mailban::io {

namespace {

// "dovecot" -> "dovecot.service", "postfix@.service" -> "postfix@*.service"
std::string full_unit_name(std::string name)
{
    const bool is_pattern = name.find_first_of("*?[") != std::string::npos;
    if (!is_pattern && name.find('.') == std::string::npos) name += ".service";
    const auto at = name.find("@.");
    if (at != std::string::npos) name.insert(at + 1, "*");
    return name;
}

}  // namespace

JournalMatch::JournalMatch(Kind kind, std::string pattern)
    : kind_(kind),
      pattern_(std::move(pattern)),
      exact_(pattern_.find_first_of("*?[") == std::string::npos)
{
}

JournalMatch JournalMatch::unit(std::string name)
{
    return {Kind::unit, full_unit_name(std::move(name))};
}

JournalMatch JournalMatch::identifier(std::string name)
{
    return {Kind::identifier, std::move(name)};
}

const char* JournalMatch::field() const noexcept
{
    return kind_ == Kind::unit ? "_SYSTEMD_UNIT" : "SYSLOG_IDENTIFIER";
}

bool JournalMatch::fits(std::string_view value) const
{
    if (exact_) return value == pattern_;
    return ::fnmatch(pattern_.c_str(), std::string(value).c_str(), FNM_NOESCAPE) == 0;
}

std::vector<JournalMatch> journal_matches(const SourceConfig& source)
{
    std::vector<JournalMatch> matches;
    for (const auto& unit : source.units)
        matches.push_back(JournalMatch::unit(unit));
    for (const auto& identifier : source.identifiers)
        matches.push_back(JournalMatch::identifier(identifier));
    return matches;
}

std::string JournalMatch::name() const
{
    return (kind_ == Kind::unit ? "unit " : "identifier ") + pattern_;
}

}  // namespace mailban::io
