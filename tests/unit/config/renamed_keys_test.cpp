#include "../src/core/config/renamed_keys.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "unit/config/config_text.h"

namespace mailban::renamed_keys_test {
namespace {

using test::loaded;
using test::mistakes_in;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// "outage: {linger: 20m}"; the command's map gets what it cannot be without.
std::string with_key(std::string_view section, std::string_view key, std::string_view value)
{
    std::string text = std::string(key) + ": " + std::string(value);
    std::string path(section);
    if (path == "firewall.command")
        text += R"(, ban: [a, "{prefix}"], unban: [b, "{prefix}"], list: [c])";
    while (!path.empty()) {
        const auto dot = path.rfind('.');
        const auto name = dot == std::string::npos ? path : path.substr(dot + 1);
        text = name + ": {" + text + "}";
        path.erase(dot == std::string::npos ? 0 : dot);
    }
    return text;
}

// A value that the key can have and that is not its default.
std::string value_for(const RenamedKey& renamed)
{
    for (const auto* const value : {"20", "20m"})
        if (mistakes_in(with_key(renamed.section, renamed.name, value)).empty()) return value;
    ADD_FAILURE() << "no value for " << renamed.name;
    return {};
}

TEST(ARenamedKey, IsReadUnderItsOldNameWithAWarning)
{
    for (const auto& renamed : kRenamedKeys) {
        const auto value = value_for(renamed);
        auto config = loaded(with_key(renamed.section, renamed.old_name, value));
        ASSERT_EQ(config.warnings.size(), 1U) << renamed.old_name;
        EXPECT_THAT(config.warnings.front(), HasSubstr(warning_of(renamed)));
        config.warnings.clear();
        const auto under_its_name = loaded(with_key(renamed.section, renamed.name, value));
        EXPECT_EQ(config, under_its_name) << renamed.old_name;
        EXPECT_NE(config, loaded("log: {}")) << renamed.old_name;
        EXPECT_THAT(under_its_name.warnings, IsEmpty());
    }
}

TEST(ARenamedKey, IsWarnedOfWithItsPlace)
{
    EXPECT_THAT(loaded("limits:\n  known: 20\noutage:\n  within: 3m\n  linger: 20m\n").warnings,
                ElementsAre("mailban.yaml:2:3: key 'known' in limits was renamed; change it to "
                            "'known_logins'",
                            "mailban.yaml:5:3: key 'linger' in outage was renamed; change it to "
                            "'idle_timeout'"));
}

TEST(ARenamedKey, MustNotAppearUnderBothNames)
{
    EXPECT_THAT(mistakes_in("outage: {linger: 20m, idle_timeout: 30m}"),
                ElementsAre(HasSubstr("key 'idle_timeout' appears twice in outage")));
}

TEST(ARenamedKey, KeepsItsNameInOtherSections)
{
    EXPECT_THAT(mistakes_in("state: {known: 20}"), ElementsAre(HasSubstr("unknown key 'known'")));
}

TEST(ARenamedKey, IsDocumented)
{
    std::ifstream file(MAILBAN_SOURCE_DIR "/docs/configuration.md");
    std::ostringstream text;
    text << file.rdbuf();
    for (const auto& [section, old_name, name] : kRenamedKeys) {
        const auto path = std::string(section) + '.';
        std::string row = "| `" + path;
        row.append(old_name).append("` | `").append(path).append(name).append("` |");
        EXPECT_THAT(text.str(), HasSubstr(row));
    }
}

}  // namespace
}  // namespace mailban::renamed_keys_test
