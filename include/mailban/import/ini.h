// IniFiles: configuration files in the form of Python's configparser, merged in the order in which
// fail2ban reads them (jail.conf(5), "Configuration files format").
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

// Options by their names in lower case, with raw values: several lines are joined by newlines.
using IniSection = std::map<std::string, std::string, std::less<>>;
using IniSections = std::map<std::string, IniSection, std::less<>>;

// Sections of one text. Lines that are neither section, option, continuation nor comment are
// passed over; of an option that appears twice, the last one counts. Takes any bytes.
IniSections parse_ini(std::string_view text);

class IniFiles {
public:
    static constexpr std::size_t kLongestValue = 65536;

    // Later texts replace options of earlier ones.
    void add(std::string_view text);

    // In the order of their names, without DEFAULT and INCLUDES.
    std::vector<std::string> sections() const;
    bool has(std::string_view section) const;
    // Whether a file says it, for this section or for all in DEFAULT.
    bool says(std::string_view section, std::string_view option) const;
    // An option of a section, else that of DEFAULT, with every %(name)s, %(section/name)s,
    // %(default/name)s and %(known/name)s replaced. nullopt: nobody says it, or it names an option
    // that nobody says (see missing()).
    std::optional<std::string> get(std::string_view section, std::string_view option) const;
    // The first name that get() cannot replace.
    std::string missing(std::string_view section, std::string_view option) const;

private:
    struct Expansion;
    const std::string* raw(std::string_view section, std::string_view option) const;
    const std::string* named(std::string_view section, std::string_view name) const;
    void expand(std::string_view text, std::string_view section, int depth, Expansion& into) const;

    IniSections sections_{};
    IniSection defaults_{};
    IniSections known_{};  // what a section said before a later text replaced it
};

}  // namespace mailban
