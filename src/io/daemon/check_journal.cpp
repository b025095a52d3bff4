#include "io/daemon/check_journal.h"

#include "io/daemon/system.h"
#include "io/daemon/systemctl.h"
#include "io/source/journal_entry.h"
#include "io/source/journal_tail.h"
#include "mailban/parse/log_parser.h"
#include "mailban/plural.h"

#include <algorithm>

namespace mailban::io {

namespace {

using Grade = Finding::Grade;

// How many entries of the journal's end are read: those of one unit, or of all where a pattern
// leaves the journal's index no use.
constexpr std::size_t kSampleEntries = 2'000;
constexpr std::size_t kSampleOfAll = 20'000;

// Why the journal of this machine will have no entry of that unit; empty where that is not known.
std::string missing_unit(const JournalMatch& match)
{
    const std::string& unit = match.pattern();
    if (match.is_exact()) {
        const auto state = ask_systemctl({"show", "--property=LoadState", "--value", "--", unit});
        return state && state->starts_with("not-found") ? "unit " + unit + " does not exist" : "";
    }
    const auto units =
        ask_systemctl({"list-units", "--all", "--plain", "--no-legend", "--full", "--", unit});
    return units && units->empty() ? "no loaded unit matches " + unit : "";
}

struct Sample {
    std::size_t entries = 0;
    std::size_t events = 0;
    LogConcerns concerns{};
};

void count_entry(Journal& journal, const JournalMatch& match, LogParser& parser, Sample& sample)
{
    if (!fits(journal, match)) return;
    const auto position = journal.position();
    if (!position) return;
    ++sample.entries;
    const JournalEntry entry = read_entry(journal, position->time);
    if (entry.text && parser.parse(entry.message())) ++sample.events;
}

Result<Sample> read_sample(const SourceConfig& source, const JournalMatch& match)
{
    auto journal = Journal::open(source.directory);
    if (!journal) return journal.error();
    if (auto selected = journal->select(match); !selected) return selected.error();
    const std::size_t most = match.is_exact() ? kSampleEntries : kSampleOfAll;
    if (auto back = journal->seek_back(most); !back) return back.error();
    Sample sample;
    LogParser parser(source.parser, Zone(), source.patterns, source.assured, random_seed());
    for (std::size_t read = 0; read < most; ++read) {
        const auto moved = journal->next();
        if (!moved) return moved.error();
        if (!*moved) break;
        count_entry(*journal, match, parser, sample);
    }
    sample.concerns = parser.concerns();
    return sample;
}

Finding judge_sample(const SourceConfig& source, const JournalMatch& match, const Sample& sample)
{
    const std::string subject = journal_name(source.directory, match);
    const std::string counts = "readable; " + plural(sample.events, "event", "events") +
                               " in the last " + plural(sample.entries, "entry", "entries");
    const bool is_ours = source.directory.empty() && match.is_unit();
    const std::string missing = is_ours ? missing_unit(match) : std::string();
    if (!missing.empty()) return {Grade::warning, subject, counts + "; " + missing};
    if (sample.entries == 0) {
        // A unit that `auto` found may be no more than a name for others (Debian's
        // postfix.service).
        return {source.found ? Grade::well : Grade::warning, subject,
                "the journal can be read, but has no such entry yet"};
    }
    return {Grade::well, subject, counts};
}

}  // namespace

std::vector<Finding> check_journal(const SourceConfig& source)
{
    std::vector<Finding> findings;
    for (const auto& match : journal_matches(source)) {
        const std::string subject = journal_name(source.directory, match);
        const auto sample = read_sample(source, match);
        if (!sample) {
            findings.push_back({Grade::wrong, subject, sample.error().message});
            continue;
        }
        findings.push_back(judge_sample(source, match, *sample));
        add_concerns(subject, sample->concerns, findings);
    }
    return findings;
}

}  // namespace mailban::io
