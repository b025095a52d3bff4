#include "mailban/time/time_zone.h"
#include "mailban/utf8.h"

#include <algorithm>
#include <map>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

void read_file(const Item& item, std::string& into, Mistakes& mistakes)
{
    absolute_path(kLongestPath, into)(item, mistakes);
    if (into.ends_with('/'))
        refuse(item, "a file or a pattern such as /var/log/exim4/mainlog*, not a directory",
               mistakes);
}

// The patterns that a source's `parser:` may name: the configuration's own go first.
struct KnownPatterns {
    const std::vector<PatternSpec>& own;
    const PatternFiles& shipped;
};

// "auto", the name of a server or of patterns, or a list of these.
class ParserReader {
public:
    explicit ParserReader(KnownPatterns patterns) : patterns_(patterns)
    {
        for (const auto& pattern : patterns.own) {
            if (!pattern.name.empty()) names_.push_back(pattern.name);
        }
        for (const auto& file : patterns.shipped)
            names_.push_back(file.name);
    }

    void read(const Item& item, SourceConfig& into, Mistakes& mistakes) const
    {
        SourceConfig found;
        found.parser = MailServers();
        const auto read_one = [&](const Item& at, Mistakes&) { read_name(at, found, mistakes); };
        if (item.node.kind == Kind::list) {
            read_list(item, "a parser's name or a list of them", read_one, mistakes);
        } else {
            read_one(item, mistakes);
        }
        into.parser = found.parser;
        into.patterns = std::move(found.patterns);
    }

private:
    void read_name(const Item& at, SourceConfig& found, Mistakes& mistakes) const
    {
        const auto& text = at.node.text;
        if (at.node.kind != Kind::text ||
            std::find(names_.begin(), names_.end(), text) == names_.end())
            return refuse(at, expected_word(text, names_), mistakes);
        if (const auto* own = named(patterns_.own, text)) {
            add({*own}, found);
        } else if (const auto server = parse_mail_server(text)) {
            found.parser.insert(*server);
        } else if (const auto* file = named(patterns_.shipped, text)) {
            read_shipped(at, *file, found, mistakes);
        } else {
            found.parser.insert(MailServers::any());
        }
    }

    static void read_shipped(const Item& at, const PatternFile& file, SourceConfig& found,
                             Mistakes& mistakes)
    {
        const auto read = read_pattern_file(file);
        if (const auto* errors = std::get_if<std::vector<ConfigError>>(&read))
            return mistakes.add(
                at.node.place,
                at.name + " names the patterns of " + in_quotes(file.name) +
                    ", which have an error: " + printable(to_string(errors->front())));
        add(std::get<std::vector<PatternSpec>>(read), found);
    }

    static void add(const std::vector<PatternSpec>& patterns, SourceConfig& found)
    {
        auto& known = found.patterns;
        for (const auto& pattern : patterns) {
            if (std::find(known.begin(), known.end(), pattern) == known.end())
                known.push_back(pattern);
        }
    }

    template <class Named>
    static const Named* named(const std::vector<Named>& all, std::string_view name)
    {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Named& one) { return one.name == name; });
        return found == all.end() ? nullptr : &*found;
    }

    KnownPatterns patterns_;
    std::vector<std::string_view> names_ = parser_names();
};

// What a source follows, and the first source that does: followed twice, every attempt would count
// twice.
class Followed {
public:
    void add(const Item& by, const std::string& what, Mistakes& mistakes)
    {
        const auto [first, is_new] = seen_.try_emplace(what, by.node.place);
        if (is_new || what.empty()) return;
        mistakes.add(by.node.place, by.name + " names " + in_quotes(what) + ", which line " +
                                        std::to_string(first->second.line) +
                                        " already names; remove one of them");
    }

private:
    std::map<std::string, Place> seen_{};
};

Reader names(std::string expected, std::string_view forbidden, std::vector<std::string>& into)
{
    const auto read_name = [forbidden, &into](const Item& item, Mistakes& mistakes) {
        std::string name;
        name_text(255, forbidden, name)(item, mistakes);
        if (!name.empty()) into.push_back(name);
    };
    return list_of(std::move(expected), read_name);
}

void read_journal(const Item& item, SourceConfig& into, Mistakes& mistakes)
{
    read_map(item,
             {{"units", names("a list of systemd units", " /'\"\\", into.units)},
              {"identifiers", names("a list of syslog identifiers", " '\"\\", into.identifiers)},
              {"containers", names("a list of containers' names", " /'\"\\", into.containers)},
              {"directory", absolute_path(kLongestPath, into.directory)}},
             mistakes);
    if (item.node.kind != Kind::map) return;
    for (const auto* const key : {"units", "identifiers", "containers"})
        if (entry_of(item.node, key) != nullptr) return;
    refuse(item, "{units: [...]} with the names of systemd units, or identifiers, or containers",
           mistakes);
}

// The parts of the journal that a source names, each by a name that tells it from all others.
std::vector<std::string> journal_parts(const SourceConfig& source)
{
    std::vector<std::string> parts;
    const auto add = [&](std::string part, const std::string& name) {
        part += name;
        parts.push_back(source.directory.empty() ? part : source.directory + " " + part);
    };
    for (const auto& unit : source.units)
        add("unit ", unit);
    for (const auto& identifier : source.identifiers)
        add("identifier ", identifier);
    for (const auto& container : source.containers)
        add("container ", container);
    return parts;
}

// The word that stands for the logs that this machine has.
bool is_auto(const Item& item)
{
    return item.node.kind == Kind::text && item.node.text == "auto";
}

Reader yes_or_no(bool& into)
{
    return choice({"false", "true"}, [&into](std::size_t index) { into = index == 1; });
}

// Whether the machine knows a zone of that name, the shell finds out.
void read_zone(const Item& item, SourceConfig& into, Mistakes& mistakes)
{
    const auto& text = item.node.text;
    const bool is_zone = parse_utc_offset(text) || is_zone_name(text);
    if (item.node.kind != Kind::text || !is_zone)
        return refuse(item, "a time zone such as Europe/Berlin, UTC or +01:00", mistakes);
    into.zone = text;
    into.zone_place = item.node.place;
}

SourceConfig read_source(const Item& item, const ParserReader& parsers, Mistakes& mistakes)
{
    SourceConfig source;
    source.place = item.node.place;
    read_map(item,
             {{"file", [&](const Item& at, Mistakes&) { read_file(at, source.file, mistakes); }},
              {"journal", [&](const Item& at, Mistakes&) { read_journal(at, source, mistakes); }},
              {"parser", [&](const Item& at, Mistakes&) { parsers.read(at, source, mistakes); }},
              {"trusted_front_end", yes_or_no(source.assured.trusted_front_end)},
              {"escaped_line_feeds", yes_or_no(source.assured.escaped_line_feeds)},
              {"zone", [&](const Item& at, Mistakes&) { read_zone(at, source, mistakes); }}},
             mistakes);
    if (item.node.kind != Kind::map) return source;
    const bool file = entry_of(item.node, "file") != nullptr;
    const bool journal = entry_of(item.node, "journal") != nullptr;
    if (file && journal)
        mistakes.add(item.node.place, item.name +
                                          " has both a file and a journal; expected one of them, "
                                          "write the other one into a separate source");
    if (journal && !source.zone.empty())
        mistakes.add(source.zone_place,
                     item.name + " has a zone; entries of the journal need none, remove it");
    if (!file && !journal)
        mistakes.add(item.node.place,
                     item.name +
                         " has neither 'file' nor 'journal'; expected one of them, such as "
                         "'file: /var/log/exim4/mainlog'");
    return source;
}

}  // namespace

std::vector<std::string_view> parser_names()
{
    std::vector<std::string_view> names{"auto"};
    for (std::size_t index = 0; index < kMailServers; ++index) {
        const auto server = static_cast<MailServer>(index);
        if (server != MailServer::pattern) names.push_back(to_string(server));
    }
    return names;
}

void read_sources(const Item& item, const PatternFiles& shipped, Config& into, Mistakes& mistakes)
{
    constexpr std::string_view kExpected =
        "the word auto, or a list of logs such as [auto, {file: /var/log/exim4/mainlog}]";
    into.discover = is_auto(item);
    if (into.discover) return;
    const ParserReader parsers({into.patterns, shipped});
    Followed followed;
    const auto read_one = [&](const Item& element, Mistakes&) {
        if (is_auto(element)) {
            followed.add(element, element.node.text, mistakes);
            into.discover = true;
            return;
        }
        auto source = read_source(element, parsers, mistakes);
        followed.add(element, source.file, mistakes);
        for (const auto& part : journal_parts(source))
            followed.add(element, part, mistakes);
        into.sources.push_back(std::move(source));
    };
    read_list(item, kExpected, read_one, mistakes);
}

}  // namespace mailban
