#include "mailban/config/load.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mailban::documented_yaml_test {
namespace {

constexpr std::array<std::string_view, 18> kKeys{
    "sources:", "patterns:", "rules:",      "trust:",   "outage:",   "hijack:",
    "allow:",   "proxies:",  "escalation:", "prefix:",  "firewall:", "hooks:",
    "policy:",  "http:",     "state:",      "control:", "limits:",   "log:"};

bool is_yaml(const std::string& block)
{
    return std::any_of(kKeys.begin(), kKeys.end(),
                       [&](std::string_view key) { return block.starts_with(key); });
}

// The indented examples of a page that are parts of a configuration.
std::vector<std::string> examples_in(const std::filesystem::path& page)
{
    std::vector<std::string> found;
    std::string block;
    std::ifstream file(page);
    const auto take = [&] {
        if (is_yaml(block)) found.push_back(block);
        block.clear();
    };
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("    ")) {
            block += line.substr(4) + '\n';
        } else if (line.empty()) {
            if (!block.empty()) block += '\n';
        } else {
            take();
        }
    }
    take();
    return found;
}

PatternFiles shipped_patterns()
{
    PatternFiles shipped;
    for (const auto& entry :
         std::filesystem::directory_iterator(MAILBAN_SOURCE_DIR "/config/patterns")) {
        std::ifstream file(entry.path());
        std::ostringstream text;
        text << file.rdbuf();
        shipped.push_back({entry.path().stem(), entry.path(), text.str()});
    }
    return shipped;
}

// What is wrong with `text`, or the keys in it that were renamed.
std::string problems_of(const std::string& text, const PatternFiles& shipped)
{
    const auto loaded = load_config(text, "example", shipped);
    std::string problems;
    if (const auto* errors = std::get_if<std::vector<ConfigError>>(&loaded)) {
        for (const auto& error : *errors)
            problems += to_string(error) + '\n';
        return problems;
    }
    for (const auto& warning : std::get<Config>(loaded).warnings)
        problems += warning + '\n';
    return problems;
}

TEST(TheDocumentedConfigurations, AreAccepted)
{
    const auto shipped = shipped_patterns();
    std::size_t count = 0;
    for (const auto& page : std::filesystem::directory_iterator(MAILBAN_SOURCE_DIR "/docs")) {
        for (const auto& example : examples_in(page)) {
            EXPECT_EQ(problems_of(example, shipped), "") << page.path() << "\n" << example;
            ++count;
        }
    }
    EXPECT_GT(count, 10U);
}

}  // namespace
}  // namespace mailban::documented_yaml_test
