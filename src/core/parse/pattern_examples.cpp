#include "mailban/parse/pattern.h"

namespace mailban {

namespace {

// A year with a 29 February at its end: a stamp without a year is always one of it.
constexpr Timestamp kExampleNow = std::chrono::sys_days(std::chrono::year(2000) / 12 / 31);

// An example is a whole line, or no more than the message of one.
std::optional<LineHeader> header_of(const PatternExample& example, const PatternSpec& spec)
{
    if (auto header = read_line_header(example.line)) return header;
    if (spec.match.starts_with('^')) return std::nullopt;
    return LineHeader{.style = HeaderStyle::journal,
                      .program = spec.program,
                      .message = example.line,
                      .time = kExampleNow};
}

// What came out of an example that was to come out otherwise; empty: all is well.
std::string wrong_in(const Event& event, const PatternExample& wanted)
{
    if (wanted.ip && event.ip != *wanted.ip) {
        return "the address is read as '" + event.ip.to_string() + "', not '" +
               wanted.ip->to_string() + "'";
    }
    if (wanted.kind && event.kind != *wanted.kind) {
        return "the kind is read as '" + std::string(to_string(event.kind)) + "', not '" +
               std::string(to_string(*wanted.kind)) + "'";
    }
    if (wanted.account && event.account != wanted.account) {
        const auto read = event.account ? "read as '" + *event.account + "'" : "not told";
        return "the account is " + read + ", not '" + *wanted.account + "'";
    }
    return {};
}

}  // namespace

std::vector<FailedExample> failed_examples(const Pattern& pattern, const PatternSpec& spec)
{
    std::vector<FailedExample> failed;
    const Zone zone;
    for (const auto& example : spec.examples) {
        const auto header = header_of(example, spec);
        const PatternLine line{example.line, header, zone, kExampleNow};
        const auto event = pattern.read(line);
        auto wrong = event ? wrong_in(*event, example) : pattern.why_not(line);
        if (!wrong.empty()) failed.push_back({example.place, std::move(wrong)});
    }
    for (const auto& example : spec.counter_examples) {
        const auto header = header_of(example, spec);
        const auto event = pattern.read({example.line, header, zone, kExampleNow});
        if (event) {
            failed.push_back({example.place, "it is read all the same, with the address '" +
                                                 event->ip.to_string() + "'"});
        }
    }
    return failed;
}

}  // namespace mailban
