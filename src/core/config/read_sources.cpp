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

// What a source follows, and the first source that does: followed twice, every attempt would count
// twice.
class Followed {
public:
    void add(const Item& by, std::string what, Mistakes& mistakes)
    {
        const auto [first, is_new] = seen_.try_emplace(what, by.node.place);
        if (is_new || what.empty()) return;
        mistakes.add(by.node.place, by.name + " names " + shown(what) + ", which line " +
                                        std::to_string(first->second.line) +
                                        " has already; remove one of them");
    }

private:
    std::map<std::string, Place> seen_{};
};

bool has_key(const yaml::Value& node, std::string_view key)
{
    return std::any_of(node.items.begin(), node.items.end(),
                       [&](const yaml::Value& entry) { return entry.key == key; });
}

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
              {"directory", absolute_path(kLongestPath, into.directory)}},
             mistakes);
    if (item.node.kind != Kind::map) return;
    if (has_key(item.node, "units") || has_key(item.node, "identifiers")) return;
    refuse(item, "{units: [...]} with the names of systemd units, or identifiers", mistakes);
}

// The parts of the journal that a source names, each by a name that tells it from all others.
std::vector<std::string> journal_parts(const SourceConfig& source)
{
    const std::string where = source.directory.empty() ? "" : source.directory + " ";
    std::vector<std::string> parts;
    for (const auto& unit : source.units)
        parts.push_back(where + "unit " + unit);
    for (const auto& identifier : source.identifiers)
        parts.push_back(where + "identifier " + identifier);
    return parts;
}

SourceConfig read_source(const Item& item, Mistakes& mistakes)
{
    SourceConfig source;
    source.place = item.node.place;
    read_map(
        item,
        {{"file", [&](const Item& at, Mistakes&) { read_file(at, source.file, mistakes); }},
         {"journal", [&](const Item& at, Mistakes&) { read_journal(at, source, mistakes); }},
         {"parser", [&](const Item& at, Mistakes&) { read_parser(at, source.parser, mistakes); }}},
        mistakes);
    if (item.node.kind != Kind::map) return source;
    const bool file = has_key(item.node, "file");
    const bool journal = has_key(item.node, "journal");
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
    Followed followed;
    const auto read_one = [&](const Item& element, Mistakes&) {
        auto source = read_source(element, mistakes);
        followed.add(element, source.file, mistakes);
        for (auto& part : journal_parts(source))
            followed.add(element, std::move(part), mistakes);
        into.push_back(std::move(source));
    };
    read_list(item, "a list of logs such as [{file: /var/log/exim4/mainlog}]", read_one, mistakes);
}

}  // namespace mailban
