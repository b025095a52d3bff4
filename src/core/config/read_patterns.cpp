#include "mailban/utf8.h"

#include <algorithm>
#include <map>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

constexpr std::size_t kMostPatterns = 64;
constexpr std::size_t kLongestText = std::size_t{64} * 1024;

// 1 to kLongestText bytes of anything.
Reader any_text(std::string expected, std::string& into)
{
    return [expected = std::move(expected), &into](const Item& item, Mistakes& mistakes) {
        const auto& text = item.node.text;
        if (item.node.kind != Kind::text || text.empty() || text.size() > kLongestText)
            return refuse(item, expected, mistakes);
        into = text;
    };
}

Reader event_kind(std::optional<EventKind>& into)
{
    return choice(event_kind_names(),
                  [&into](std::size_t at) { into = static_cast<EventKind>(at); });
}

void read_address(const Item& item, std::optional<IpAddress>& into, Mistakes& mistakes)
{
    into = item.node.kind == Kind::text ? IpAddress::parse(item.node.text) : std::nullopt;
    if (!into) refuse(item, "the address in the line, such as 192.0.2.7", mistakes);
}

// The line alone, or a map that says what has to be read from it, too.
PatternExample read_example(const Item& item, Mistakes& mistakes)
{
    PatternExample example;
    example.place = item.node.place;
    const auto read_line = any_text("a log line", example.line);
    if (item.node.kind != Kind::map) {
        read_line(item, mistakes);
        return example;
    }
    std::string account;
    read_map(item,
             {{"line", read_line},
              {"ip", [&](const Item& at, Mistakes&) { read_address(at, example.ip, mistakes); }},
              {"account", any_text("the account in the line", account)},
              {"kind", event_kind(example.kind)}},
             mistakes);
    if (!account.empty()) example.account = std::move(account);
    if (example.line.empty())
        mistakes.add(item.node.place, item.name + " has no line; expected one such as 'line: ...'");
    return example;
}

Reader examples(std::vector<PatternExample>& into)
{
    return list_of("a list of log lines", [&into](const Item& item, Mistakes& mistakes) {
        into.push_back(read_example(item, mistakes));
    });
}

// Compiles the pattern and tries it on its examples.
void try_out(const Item& item, const PatternSpec& spec, Mistakes& mistakes)
{
    const auto pattern = Pattern::compile(spec);
    if (!pattern) {
        mistakes.add(spec.match_place, printable(item.name + ".match: " + pattern.error().message));
        return;
    }
    for (const auto& [place, message] : failed_examples(*pattern, spec))
        mistakes.add(place, "pattern " + in_quotes(spec.name) +
                                " fails this example: " + printable(message));
}

PatternSpec read_pattern(const Item& item, const std::vector<std::string_view>& taken,
                         Mistakes& mistakes)
{
    PatternSpec spec;
    const auto read_name = [&](const Item& at, Mistakes&) {
        name_text(64, " ,:'\"\\[]{}", spec.name)(at, mistakes);
        if (std::find(taken.begin(), taken.end(), spec.name) != taken.end())
            refuse(at, "a name other than those of the parsers", mistakes);
    };
    const auto read_match = [&](const Item& at, Mistakes&) {
        spec.match_place = at.node.place;
        any_text("a regular expression", spec.match)(at, mistakes);
    };
    read_map(item,
             {{"name", read_name},
              {"match", read_match},
              {"kind", event_kind(spec.kind)},
              {"program", name_text(64, "'\"\\", spec.program)},
              {"examples", examples(spec.examples)},
              {"counter_examples", examples(spec.counter_examples)}},
             mistakes);
    if (item.node.kind != Kind::map) return spec;
    if (spec.name.empty())
        mistakes.add(item.node.place,
                     item.name + " has no name; expected one for the 'parser:' of a source");
    if (spec.match_place.line == 0)
        mistakes.add(item.node.place,
                     item.name +
                         " has no 'match'; expected a regular expression with a group "
                         "(?P<ip>...)");
    if (!spec.match.empty()) try_out(item, spec, mistakes);
    return spec;
}

}  // namespace

void read_patterns(const Item& item, std::vector<PatternSpec>& into, Mistakes& mistakes)
{
    if (item.node.kind == Kind::list && item.node.items.size() > kMostPatterns)
        return refuse(item, "at most " + std::to_string(kMostPatterns) + " patterns", mistakes);
    const auto taken = parser_names();
    std::map<std::string, Place> seen;
    const auto read_one = [&](const Item& element, Mistakes&) {
        auto spec = read_pattern(element, taken, mistakes);
        const auto [first, is_new] = seen.try_emplace(spec.name, element.node.place);
        if (!is_new && !spec.name.empty())
            mistakes.add(element.node.place, element.name + ".name is " + in_quotes(spec.name) +
                                                 ", which line " +
                                                 std::to_string(first->second.line) +
                                                 " already uses; expected a different name");
        into.push_back(std::move(spec));
    };
    read_list(item, "a list of patterns such as [{name: myapp, match: '...', kind: auth_failure}]",
              read_one, mistakes);
}

}  // namespace mailban
