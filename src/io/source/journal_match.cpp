#include "io/source/journal_match.h"

#include "mailban/discover/shell_pattern.h"

#include <fnmatch.h>

#include <algorithm>
#include <utility>

namespace mailban::io {

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

JournalMatch JournalMatch::system_identifier(std::string name)
{
    return {Kind::system_identifier, std::move(name)};
}

JournalMatch JournalMatch::container(std::string name)
{
    return {Kind::container, std::move(name)};
}

const char* JournalMatch::field() const noexcept
{
    switch (kind_) {
    case Kind::unit: return "_SYSTEMD_UNIT";
    case Kind::container: return "CONTAINER_NAME";
    case Kind::identifier:
    case Kind::system_identifier: break;
    }
    return "SYSLOG_IDENTIFIER";
}

bool JournalMatch::believes(std::string_view uid) const noexcept
{
    // People begin at 1000 (login.defs).
    constexpr std::size_t kSystemDigits = 3;
    if (kind_ == Kind::container) return uid == "0";
    if (kind_ != Kind::system_identifier) return true;
    const bool is_number = std::all_of(uid.begin(), uid.end(),
                                       [](char letter) { return '0' <= letter && letter <= '9'; });
    return is_number && !uid.empty() && uid.size() <= kSystemDigits;
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
        matches.push_back(source.found ? JournalMatch::system_identifier(identifier)
                                       : JournalMatch::identifier(identifier));
    for (const auto& container : source.containers)
        matches.push_back(JournalMatch::container(container));
    return matches;
}

std::string JournalMatch::name() const
{
    if (kind_ == Kind::unit) return "unit " + pattern_;
    return (kind_ == Kind::container ? "container " : "identifier ") + pattern_;
}

std::string journal_name(const std::string& directory, const JournalMatch& match)
{
    return "journal " + (directory.empty() ? "" : directory + " ") + match.name();
}

}  // namespace mailban::io
