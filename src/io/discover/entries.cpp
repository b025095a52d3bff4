// What the journal has of mail servers that run in no unit of theirs: in containers, by a
// supervisor.
#include "io/discover/search.h"
#include "io/source/journal.h"
#include "io/source/journal_entry.h"
#include "mailban/discover/containers.h"
#include "mailban/discover/known_units.h"

#include <string>

namespace mailban::io {

namespace {

constexpr std::size_t kMostContainerNames = 512;
constexpr std::size_t kLongestName = 255;
// Of one identifier, so many of the newest entries are looked at.
constexpr int kNewest = 16;

// Goes back through the newest entries that fit; `look` ends it by saying true.
template <class Look>
bool any_of_newest(Journal& journal, const JournalMatch& match, Look&& look)
{
    journal.select_all();
    if (!journal.select(match) || !journal.seek_end()) return false;
    for (int left = kNewest; left > 0; --left) {
        const auto moved = journal.previous();
        if (!moved || !*moved) return false;
        if (fits(journal, match) && look()) return true;
    }
    return false;
}

void look_for_unit(Search& search, Journal& journal, std::string_view name)
{
    const std::string unit(name);
    if (search.has_unit(unit)) return;
    if (any_of_newest(journal, JournalMatch::unit(unit), [] { return true; }))
        search.add_unit(unit);
}

// Entries of a unit that is followed are read already.
void look_for_identifier(Search& search, Journal& journal, std::string_view name)
{
    const std::string identifier(name);
    const auto is_of_none = [&] {
        return !search.has_unit(journal.text("_SYSTEMD_UNIT", kLongestName)) &&
               !journal.field("CONTAINER_NAME");
    };
    if (any_of_newest(journal, JournalMatch::system_identifier(identifier), is_of_none))
        search.add_identifier(identifier);
}

void look_for_container(Search& search, Journal& journal, const std::string& name)
{
    const auto is_mail = [&] {
        return is_mail_container({name, journal.text("IMAGE_NAME", kLongestName), {}, {}});
    };
    if (any_of_newest(journal, JournalMatch::container(name), is_mail)) search.add_container(name);
}

void look_for_containers(Search& search)
{
    for (auto& name : search.journal().values_of("CONTAINER_NAME", kMostContainerNames)) {
        const bool is_pattern = name.find_first_of("*?[") != std::string::npos;
        if (is_pattern || name.size() > kLongestName) continue;
        search.later([&search, name = std::move(name)] {
            look_for_container(search, search.journal(), name);
        });
    }
}

// Each name is a look into the index of every file of the journal.
void look_for_names(Search& search)
{
    if (!search.open_journal()) return;
    for (const auto unit : mail_units())
        search.later([&search, unit] { look_for_unit(search, search.journal(), unit); });
    for (const auto identifier : mail_identifiers()) {
        search.later(
            [&search, identifier] { look_for_identifier(search, search.journal(), identifier); });
    }
    search.later([&search] { look_for_containers(search); });
}

}  // namespace

void search_journal(Search& search)
{
    search.later([&search] { look_for_names(search); });
}

}  // namespace mailban::io
