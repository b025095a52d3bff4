#include "mailban/config/pattern_files.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>

#include "seed.h"
#include "unit/parse/hostile_text.h"

namespace mailban::pattern_files_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

PatternFiles shipped_files()
{
    PatternFiles files;
    for (const auto& entry :
         std::filesystem::directory_iterator(MAILBAN_SOURCE_DIR "/config/patterns")) {
        std::ifstream file(entry.path());
        std::string text(std::istreambuf_iterator<char>(file), {});
        files.push_back({entry.path().stem().string(), entry.path().string(), std::move(text)});
    }
    std::sort(files.begin(), files.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    return files;
}

std::vector<PatternSpec> patterns_in(const PatternFile& file)
{
    auto read = read_pattern_file(file);
    if (auto* patterns = std::get_if<std::vector<PatternSpec>>(&read)) return std::move(*patterns);
    for (const auto& error : std::get<std::vector<ConfigError>>(read))
        ADD_FAILURE() << to_string(error);
    return {};
}

TEST(TheShippedPatterns, AreTheseAndTakeNoServersName)
{
    std::vector<std::string> names;
    for (const auto& file : shipped_files()) {
        names.push_back(file.name);
        EXPECT_FALSE(parse_mail_server(file.name)) << file.name;
    }
    EXPECT_THAT(names, ElementsAre("cucipop", "james", "oracle-messaging", "perdition", "qpsmtpd",
                                   "solid-pop3d", "uw-imapd", "vpopmail", "web-login", "wildduck"));
}

TEST(TheShippedPatterns, ReadTheirExamplesAndNotTheOthers)
{
    for (const auto& file : shipped_files()) {
        for (const auto& spec : patterns_in(file)) {
            EXPECT_FALSE(spec.examples.empty()) << spec.name;
            EXPECT_FALSE(spec.counter_examples.empty()) << spec.name;
            const auto compiled = Pattern::compile(spec);
            ASSERT_TRUE(compiled) << spec.name << ": " << compiled.error().message;
            for (const auto& failed : failed_examples(*compiled, spec))
                ADD_FAILURE() << spec.name << ": " << failed.message;
        }
    }
}

// Texts that look like the ends and beginnings of the shipped patterns' lines.
std::string hostile_account(test::HostileText& hostile)
{
    const std::vector<std::string> kOwn{
        " host=x [8.8.8.8]",
        " - 8.8.8.8",
        ":8.8.8.8",
        " 8.8.8.8",
        "\" server=\"x\" protocol=y server-secure=z status=\"failed: Re-Authentication Failure\"",
        "Auth: 8.8.8.8:1->x client-secure=a authorisation_id=b authentication_id=\"c",
        " with remote address 8.8.8.8",
        "\",\"_ip\":\"8.8.8.8",
        "\" tr=\"TCP|1|1|8.8.8.8|1",
        "\t8.8.8.8\tauth_x\t901\t",
        "8.8.8.8 - - [23/Nov/2026:22:30:58 +0100] \"POST /?_task=login HTTP/1.1\" 401 1"};
    auto text = hostile.any();
    for (auto count = hostile.below(3); count > 0; --count)
        text += kOwn.at(hostile.below(kOwn.size()));
    text.erase(std::remove(text.begin(), text.end(), '\n'), text.end());
    return text;
}

// As each program prints the account.
std::string printed_for(const std::string& file, const std::string& text)
{
    std::string printed;
    for (const char c : text) {
        const bool is_quote = c == '"' || c == '\\';
        if (file == "james" || file == "wildduck" || file == "web-login") {
            if (is_quote) printed += '\\';
            printed += c;
        } else if (file == "oracle-messaging") {
            if (c == '"')
                printed += "&quot;";
            else if (c == '<')
                printed += "&lt;";
            else if (c == '>')
                printed += "&gt;";
            else
                printed += c;
        } else if (file == "qpsmtpd" && c == '\t') {
            printed += ' ';
        } else {
            printed += c;
        }
    }
    return printed;
}

// The account of each example made hostile: the same address or none, and no other kind.
TEST(TheShippedPatterns, TakeTheTrueAddressOrNoneWhateverTheAccount)
{
    const auto seed = test::property_seed();
    test::HostileText hostile(seed);
    const Zone zone;
    std::size_t tried = 0;
    std::size_t found = 0;
    for (const auto& file : shipped_files()) {
        for (const auto& spec : patterns_in(file)) {
            const auto pattern = Pattern::compile(spec);
            ASSERT_TRUE(pattern);
            for (const auto& example : spec.examples) {
                const auto at = example.line.find("bob");
                if (at == std::string::npos || !example.ip) continue;
                for (int count = 0; count < 2000; ++count) {
                    auto line = example.line;
                    line.replace(at, 3, printed_for(file.name, hostile_account(hostile)));
                    auto header = read_line_header(line);
                    if (!header && !spec.match.starts_with('^'))
                        header = LineHeader{.style = HeaderStyle::journal,
                                            .program = spec.program,
                                            .message = line,
                                            .time = kNow};
                    const auto event = pattern->read({line, header, zone, kNow});
                    ++tried;
                    if (!event) continue;
                    ++found;
                    ASSERT_EQ(event->ip.to_string(), example.ip->to_string()) << line;
                }
            }
        }
    }
    std::cout << found << " of " << tried << " read\n";
    EXPECT_GT(found * 2, tried);
}

PatternFiles one_file(const std::string& text)
{
    return {{"mine", "/usr/share/mailban/patterns/mine.yaml", text, ""}};
}

std::vector<std::string> mistakes_in(const std::string& text, const PatternFiles& files)
{
    const auto result = load_config(text, "mailban.yaml", files);
    std::vector<std::string> shown;
    if (const auto* errors = std::get_if<std::vector<ConfigError>>(&result)) {
        for (const auto& error : *errors)
            shown.push_back(to_string(error));
    }
    return shown;
}

const std::string kTwo =
    "patterns:\n"
    "- {name: mine-a, match: 'a (?P<ip>\\S+)', kind: abuse, examples: ['a 192.0.2.7']}\n"
    "- {name: mine-b, match: 'b (?P<ip>\\S+)', kind: abuse}\n";

TEST(AParser, MayNameShippedPatterns)
{
    const auto result = load_config("sources: [{file: /log, parser: [auto, mine]}]", "mailban.yaml",
                                    one_file(kTwo));
    const auto* const config = std::get_if<Config>(&result);
    ASSERT_NE(config, nullptr);
    EXPECT_TRUE(config->patterns.empty());
    ASSERT_EQ(config->sources[0].patterns.size(), 2U);
    EXPECT_EQ(config->sources[0].patterns[0].name, "mine-a");
    EXPECT_EQ(config->sources[0].patterns[1].name, "mine-b");
}

TEST(AParser, TakesAPatternOfTheConfigurationFirst)
{
    const auto result = load_config(
        "sources: [{file: /log, parser: mine}]\n"
        "patterns: [{name: mine, match: 'c (?P<ip>\\S+)', kind: abuse}]\n",
        "mailban.yaml", one_file(kTwo));
    const auto* const config = std::get_if<Config>(&result);
    ASSERT_NE(config, nullptr);
    ASSERT_EQ(config->sources[0].patterns.size(), 1U);
    EXPECT_EQ(config->sources[0].patterns[0].name, "mine");
}

TEST(AParser, ThatIsUnknownListsWhatThereIs)
{
    const auto mistakes = mistakes_in("sources: [{file: /log, parser: zzz}]", one_file(kTwo));
    ASSERT_EQ(mistakes.size(), 1U);
    EXPECT_THAT(mistakes[0], HasSubstr("mine"));
    EXPECT_THAT(mistakes[0], HasSubstr("exim"));
}

TEST(AShippedFile, WithAMistakeIsOneWhereItIsNamedOnly)
{
    const std::string bad = "patterns: [{name: x, match: '(', kind: abuse}]";
    EXPECT_TRUE(mistakes_in("sources: [{file: /log}]", one_file(bad)).empty());
    const auto mistakes = mistakes_in("sources: [{file: /log, parser: mine}]", one_file(bad));
    ASSERT_EQ(mistakes.size(), 1U);
    EXPECT_THAT(mistakes[0], HasSubstr("/usr/share/mailban/patterns/mine.yaml:1:"));
    for (const auto* text : {"", "x", "patterns: []", "sources: []", "patterns: [", "- x"})
        EXPECT_EQ(mistakes_in("sources: [{file: /log, parser: mine}]", one_file(text)).size(), 1U)
            << text;
}

TEST(AShippedFile, ThatCannotBeReadSaysWhyWhereItIsNamed)
{
    const PatternFiles files{{"mine", "/p/mine.yaml", "", "others can write /p/mine.yaml"}};
    const auto mistakes = mistakes_in("sources: [{file: /log, parser: mine}]", files);
    ASSERT_EQ(mistakes.size(), 1U);
    EXPECT_THAT(mistakes[0], HasSubstr("others can write /p/mine.yaml"));
}

}  // namespace
}  // namespace mailban::pattern_files_test
