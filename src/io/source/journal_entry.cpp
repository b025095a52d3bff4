#include "io/source/journal_entry.h"

#include "mailban/scan.h"

namespace mailban::io {

namespace {

constexpr std::size_t kLongestName = 256;

template <class Number>
std::optional<Number> whole_number(std::string_view text)
{
    const auto number = take_number<Number>(text);
    return text.empty() ? number : std::nullopt;
}

// A service may write under the name and number of another process of its own (syslog's fields);
// what it does not tell, the kernel told (those that begin with '_').
std::string program_of(Journal& journal)
{
    auto program = journal.text("SYSLOG_IDENTIFIER", kLongestName);
    return program.empty() ? journal.text("_COMM", kLongestName) : program;
}

std::optional<std::uint32_t> pid_of(Journal& journal)
{
    if (const auto pid = whole_number<std::uint32_t>(journal.text("SYSLOG_PID", kLongestName)))
        return pid;
    return whole_number<std::uint32_t>(journal.text("_PID", kLongestName));
}

// When it was written; else when the journal received it.
Timestamp time_of(Journal& journal, Timestamp received)
{
    const auto text = journal.text("_SOURCE_REALTIME_TIMESTAMP", kLongestName);
    const auto microseconds = whole_number<std::int64_t>(text);
    return microseconds ? Timestamp(Duration(*microseconds)) : received;
}

}  // namespace

LogMessage JournalEntry::message() const
{
    return {.time = time,
            .host = host,
            .program = program,
            .pid = pid,
            .text = text.value_or(std::string_view()),
            .container = container,
            .is_unfinished = is_unfinished};
}

JournalEntry read_entry(Journal& journal, Timestamp received)
{
    JournalEntry entry;
    entry.host = journal.text("_HOSTNAME", kLongestName);
    entry.program = program_of(journal);
    entry.pid = pid_of(journal);
    entry.time = time_of(journal, received);
    entry.container = journal.text("CONTAINER_NAME", kLongestName);
    if (!entry.container.empty())
        entry.is_unfinished = journal.text("CONTAINER_PARTIAL_MESSAGE", kLongestName) == "true";
    // Last, because a field is good for so long only.
    entry.text = journal.field("MESSAGE");
    return entry;
}

bool fits(Journal& journal, const JournalMatch& match)
{
    const auto value = journal.field(match.field());
    return value && match.fits(*value);
}

}  // namespace mailban::io
