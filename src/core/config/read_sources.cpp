#include <algorithm>
#include <map>

#include "sections.h"
#include "utf8.h"

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

std::vector<std::string_view> parser_names()
{
    std::vector<std::string_view> names{"auto"};
    for (std::size_t index = 0; index < kMailServers; ++index) {
        const auto server = static_cast<MailServer>(index);
        if (server != MailServer::pattern) names.push_back(to_string(server));
    }
    return names;
}

// "auto", a server's name, or a list of these.
void read_parser(const Item& item, MailServers& into, Mistakes& mistakes)
{
    MailServers found;
    const auto read_name = [&](const Item& at, Mistakes&) {
        const auto names = parser_names();
        const auto& text = at.node.text;
        if (at.node.kind != Kind::text ||
            std::find(names.begin(), names.end(), text) == names.end())
            return refuse(at, expected_word(text, names), mistakes);
        if (const auto server = parse_mail_server(text)) {
            found.insert(*server);
        } else {
            found.insert(MailServers::any());
        }
    };
    if (item.node.kind == Kind::list) {
        read_list(item, "a parser's name or a list of them", read_name, mistakes);
    } else {
        read_name(item, mistakes);
    }
    if (!found.empty()) into = found;
}

void read_journal(const Item& item, std::vector<std::string>& into, Mistakes& mistakes)
{
    const auto read_unit = [&](const Item& element, Mistakes&) {
        std::string unit;
        name_text(255, " /'\"\\", unit)(element, mistakes);
        if (!unit.empty()) into.push_back(unit);
    };
    read_map(item, {{"units", list_of("a list of systemd units", read_unit)}}, mistakes);
    if (item.node.kind == Kind::map && item.node.items.empty())
        refuse(item, "{units: [...]} with the names of systemd units", mistakes);
}

SourceConfig read_source(const Item& item, Mistakes& mistakes)
{
    SourceConfig source;
    source.place = item.node.place;
    read_map(
        item,
        {{"file", [&](const Item& at, Mistakes&) { read_file(at, source.file, mistakes); }},
         {"journal", [&](const Item& at, Mistakes&) { read_journal(at, source.units, mistakes); }},
         {"parser", [&](const Item& at, Mistakes&) { read_parser(at, source.parser, mistakes); }}},
        mistakes);
    if (item.node.kind != Kind::map) return source;
    const bool file = entry_of(item.node, "file") != nullptr;
    const bool journal = entry_of(item.node, "journal") != nullptr;
    if (file && journal)
        mistakes.add(item.node.place, item.name +
                                          " has both a file and a journal; expected one of them, "
                                          "the other belongs into a source of its own");
    if (!file && !journal)
        mistakes.add(item.node.place,
                     item.name +
                         " has neither 'file' nor 'journal'; expected one of them, such as "
                         "'file: /var/log/exim4/mainlog'");
    return source;
}

}  // namespace

void read_sources(const Item& item, std::vector<SourceConfig>& into, Mistakes& mistakes)
{
    std::map<std::string, Place> seen;
    const auto read_one = [&](const Item& element, Mistakes&) {
        auto source = read_source(element, mistakes);
        const auto [first, is_new] = seen.try_emplace(source.file, source.place);
        // Two tails of one file would count every attempt twice.
        if (!is_new && !source.file.empty())
            mistakes.add(source.place, element.name + " names " + shown(source.file) +
                                           ", which line " + std::to_string(first->second.line) +
                                           " has already; remove one of them");
        into.push_back(std::move(source));
    };
    read_list(item, "a list of logs such as [{file: /var/log/exim4/mainlog}]", read_one, mistakes);
}

}  // namespace mailban
