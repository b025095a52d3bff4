// The table "All keys" of docs/configuration.md, of which mailban.yaml(5) is made, against the
// code.
#include "mailban/config/load.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace mailban::key_table_test {
namespace {

struct DocumentedKey {
    std::string key{};
    std::string default_value{};  // as in the file; empty: the table says it in words
};

std::string cell_of(const std::string& row, int index)
{
    std::size_t from = 0;
    for (int i = 0; i <= index; ++i)
        from = row.find("| ", from) + 2;
    return row.substr(from, row.find(" |", from) - from);
}

// The text of a cell that is one `code`.
std::string code_of(const std::string& cell)
{
    const bool is_code = cell.size() > 2 && cell.front() == '`' && cell.back() == '`' &&
                         cell.find('`', 1) == cell.size() - 1;
    return is_code ? cell.substr(1, cell.size() - 2) : "";
}

// "firewall.command.ban`, `.unban`": each of them is a key.
std::vector<std::string> keys_in(const std::string& cell)
{
    std::vector<std::string> keys;
    std::stringstream parts(cell);
    for (std::string part; std::getline(parts, part, ',');) {
        const auto open = part.find('`');
        auto key = part.substr(open + 1, part.rfind('`') - open - 1);
        if (key.starts_with('.')) key.insert(0, keys.front().substr(0, keys.front().rfind('.')));
        keys.push_back(key);
    }
    return keys;
}

std::vector<DocumentedKey> documented_keys()
{
    std::vector<DocumentedKey> keys;
    std::ifstream page(MAILBAN_SOURCE_DIR "/docs/configuration.md");
    bool is_inside = false;
    for (std::string line; std::getline(page, line);) {
        if (line == "## All keys") is_inside = true;
        if (is_inside && line.starts_with("**Time spans**")) break;
        if (!is_inside || !line.starts_with("| `")) continue;
        for (const auto& key : keys_in(cell_of(line, 0)))
            keys.push_back({key, code_of(cell_of(line, 2))});
    }
    return keys;
}

// "a.b.c" with its value as YAML.
std::string yaml_of(const std::string& key, const std::string& value)
{
    std::string text;
    std::string indent;
    std::stringstream parts(key);
    for (std::string part; std::getline(parts, part, '.'); indent += "  ")
        text += (text.empty() ? "" : "\n") + indent + part + ':';
    return text + ' ' + value + '\n';
}

std::string mistakes_of(const std::string& yaml)
{
    const auto loaded = load_config(yaml, "table");
    std::string text;
    if (const auto* errors = std::get_if<std::vector<ConfigError>>(&loaded))
        for (const auto& error : *errors)
            text += to_string(error) + '\n';
    return text;
}

Config config_of(const std::string& yaml)
{
    auto loaded = load_config(yaml, "table");
    EXPECT_TRUE(std::holds_alternative<Config>(loaded)) << yaml << mistakes_of(yaml);
    return std::holds_alternative<Config>(loaded) ? std::get<Config>(loaded) : Config{};
}

// The keys of a section, as the message about a wrong one lists them.
std::set<std::string> known_keys(const std::string& section)
{
    const std::string wrong = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";
    const auto said = mistakes_of(yaml_of((section.empty() ? "" : section + '.') + wrong, "1"));
    const std::string before = "expected one of ";
    std::set<std::string> keys;
    const auto at = said.find(before);
    if (at == std::string::npos) return keys;
    std::stringstream words(
        said.substr(at + before.size(), said.find('\n', at) - at - before.size()));
    for (std::string word; std::getline(words, word, ',');) {
        word.erase(0, word.find_first_not_of(' '));
        keys.insert(word);
    }
    return keys;
}

TEST(TheTableOfKeys, HasTheDefaultsOfTheCode)
{
    const Config usual = config_of("log: {level: info}\n");
    std::size_t count = 0;
    for (const auto& [key, value] : documented_keys()) {
        // Needs its neighbours, or is a word of the table.
        if (value.empty() || key.starts_with("firewall.command")) continue;
        Config set = config_of(yaml_of(key, value));
        EXPECT_TRUE(set == usual) << key << " is not " << value << " by default";
        ++count;
    }
    EXPECT_GT(count, 15U);
}

TEST(TheTableOfKeys, HasEveryKeyAndNoOther)
{
    std::map<std::string, std::set<std::string>> documented;
    for (const auto& [key, value] : documented_keys()) {
        // "policy.exim.listen" is a key of policy.exim, which is one of policy.
        for (std::string path = key; !path.empty();) {
            const auto dot = path.rfind('.');
            const auto section = dot == std::string::npos ? "" : path.substr(0, dot);
            documented[section].insert(path.substr(dot == std::string::npos ? 0 : dot + 1));
            path = section;
        }
    }
    ASSERT_GT(documented.size(), 6U);
    for (const auto& [section, keys] : documented) {
        auto expected = keys;
        if (section == "firewall") expected.insert("command");
        EXPECT_EQ(known_keys(section), expected) << "in " << section;
    }
}

}  // namespace
}  // namespace mailban::key_table_test
