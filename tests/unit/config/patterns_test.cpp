#include <gmock/gmock.h>

#include <fstream>

#include "unit/config/config_text.h"

namespace mailban::patterns_test {
namespace {

using test::loaded;
using test::mistakes_in;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A configuration with one pattern of these lines, and one source that asks for it.
std::string with_pattern(std::string_view lines)
{
    return "sources: [{file: /log, parser: [auto, myapp]}]\npatterns:\n- name: myapp\n" +
           std::string(lines);
}

constexpr std::string_view kMatch =
    "  match: 'failed for (?P<account>.*) from (?P<ip>\\S+)'\n"
    "  kind: auth_failure\n";

TEST(PatternsInAConfiguration, AreForTheSourcesThatNameThem)
{
    const auto config = loaded(R"(
patterns:
  - name: myapp
    match: 'failed for (?P<account>.*) from (?P<ip>\S+)'
    kind: auth_failure
    program: myapp
    examples:
      - failed for bob from 192.0.2.7
      - {line: failed for x from 192.0.2.7, ip: 192.0.2.7, account: x, kind: auth_failure}
      - "Nov 23 22:30:58 mail myapp[42]: failed for  from 2001:db8::1"
    counter_examples:
      - failed for bob from nowhere
  - {name: other, match: '(?P<kind>\w+) (?P<ip>\S+)'}
sources:
  - {file: /a, parser: [auto, myapp]}
  - {file: /b, parser: other}
  - {file: /c, parser: [exim, other, myapp, other]}
  - {file: /d}
)");
    ASSERT_EQ(config.patterns.size(), 2U);
    EXPECT_EQ(config.patterns[0].program, "myapp");
    EXPECT_EQ(config.patterns[0].examples.size(), 3U);
    EXPECT_EQ(config.patterns[1].kind, std::nullopt);
    ASSERT_EQ(config.sources.size(), 4U);
    EXPECT_EQ(config.sources[0].parser, MailServers::any());
    EXPECT_THAT(config.sources[0].patterns, ElementsAre(config.patterns[0]));
    EXPECT_TRUE(config.sources[1].parser.empty());
    EXPECT_THAT(config.sources[1].patterns, ElementsAre(config.patterns[1]));
    EXPECT_EQ(config.sources[2].parser, MailServers(MailServer::exim));
    EXPECT_THAT(config.sources[2].patterns, ElementsAre(config.patterns[1], config.patterns[0]));
    EXPECT_THAT(config.sources[3].patterns, IsEmpty());
}

TEST(APatternInAConfiguration, MustBeAnExpression)
{
    EXPECT_THAT(mistakes_in(with_pattern("  match: '(?P<ip>a'\n  kind: abuse\n")),
                ElementsAre("mailban.yaml:4:10: patterns[0].match: missing ): (?P<ip>a"));
    EXPECT_THAT(mistakes_in(with_pattern("  match: 'a'\n  kind: abuse\n")),
                ElementsAre(HasSubstr("4:10: patterns[0].match: it has no group (?P<ip>...)")));
    EXPECT_THAT(mistakes_in(with_pattern("  match: '(?P<ip>a)'\n")),
                ElementsAre(HasSubstr("it says nothing of the kind")));
    EXPECT_THAT(mistakes_in(with_pattern("  kind: abuse\n")),
                ElementsAre(HasSubstr("patterns[0] has no 'match'")));
    EXPECT_THAT(mistakes_in(with_pattern("  match: \"(?P<ip>\\n(\"\n  kind: abuse\n")),
                ElementsAre(HasSubstr("missing ): (?P<ip>\\x0a(")));
    EXPECT_THAT(mistakes_in(with_pattern("  match: [a]\n  kind: nonesuch\n")),
                ElementsAre(HasSubstr("expected a regular expression"),
                            HasSubstr("patterns[0].kind is 'nonesuch'")));
}

TEST(PatternsInAConfiguration, AreNotTooMany)
{
    std::string text = "sources: [{file: /log}]\npatterns:\n";
    for (int number = 0; number < 64; ++number)
        text += "- {name: p" + std::to_string(number) + ", match: '(?P<ip>a)', kind: abuse}\n";
    EXPECT_TRUE(mistakes_in(text).empty());
    EXPECT_THAT(mistakes_in(text + "- {name: more, match: '(?P<ip>a)', kind: abuse}\n"),
                ElementsAre(HasSubstr("expected at most 64 patterns")));
}

TEST(APatternInAConfiguration, NeedsANameThatNothingElseHas)
{
    EXPECT_THAT(mistakes_in("sources: [{file: /log}]\n"
                            "patterns: [{match: '(?P<ip>a)', kind: abuse}]"),
                ElementsAre(HasSubstr("2:12: patterns[0] has no name")));
    for (const auto* const taken : {"exim", "auto"})
        EXPECT_THAT(mistakes_in("sources: [{file: /log}]\npatterns: [{name: " + std::string(taken) +
                                ", match: '(?P<ip>a)', kind: abuse}]"),
                    ElementsAre(HasSubstr("expected a name other than those of the parsers")));
    EXPECT_THAT(
        mistakes_in(with_pattern(std::string(kMatch) + "- name: myapp\n" + std::string(kMatch))),
        ElementsAre(HasSubstr("patterns[1].name is 'myapp', which line 3 already uses")));
}

TEST(APatternInAConfiguration, IsTriedOnItsExamples)
{
    const std::string match(kMatch);
    EXPECT_THAT(
        mistakes_in(with_pattern(match + "  examples:\n"
                                         "  - failed for bob from 192.0.2.7\n"
                                         "  - failed for bob from [host]\n"
                                         "  - {line: failed for x from 192.0.2.7, ip: 192.0.2.9}\n"
                                         "  - {line: failed for x from 192.0.2.7, account: y}\n"
                                         "  - {line: failed for x from 192.0.2.7, kind: abuse}\n"
                                         "  - something else\n"
                                         "  counter_examples:\n"
                                         "  - failed for bob from ::1\n")),
        ElementsAre("mailban.yaml:8:5: pattern 'myapp' fails this example: the group ip takes "
                    "'[host]', no address",
                    "mailban.yaml:9:5: pattern 'myapp' fails this example: the address is read as "
                    "'192.0.2.7', not '192.0.2.9'",
                    "mailban.yaml:10:5: pattern 'myapp' fails this example: the account is read as "
                    "'x', not 'y'",
                    "mailban.yaml:11:5: pattern 'myapp' fails this example: the kind is read as "
                    "'auth_failure', not 'abuse'",
                    "mailban.yaml:12:5: pattern 'myapp' fails this example: 'match' does not "
                    "describe all of 'something else'",
                    "mailban.yaml:14:5: pattern 'myapp' fails this example: it is read all the "
                    "same, with the address '::1'"));
}

TEST(APatternInAConfiguration, SaysWhichTwoWaysThereAreToReadAnExample)
{
    const auto told = mistakes_in(with_pattern(
        "  match: 'failed for (?P<account>.*) from (?P<ip>\\S+) .*'\n  kind: auth_failure\n"
        "  examples: [failed for x from 192.0.2.1 from 192.0.2.2 port 1]\n"));
    EXPECT_THAT(told,
                ElementsAre(HasSubstr("it can be read in two ways, with the address at two places: "
                                      "'192.0.2.2' or '192.0.2.1'; write in 'match' exactly")));
}

TEST(APatternInAConfiguration, SaysWhatAnExampleLacks)
{
    EXPECT_THAT(mistakes_in(with_pattern("  match: '^(?P<ip>\\S+) failed'\n  kind: abuse\n"
                                         "  examples: [192.0.2.1 failed]\n")),
                ElementsAre(HasSubstr("its time is not known; it needs a header, or a group")));
    EXPECT_THAT(
        mistakes_in(with_pattern("  match: '(?P<ip>\\S+) failed'\n  kind: abuse\n"
                                 "  program: myapp\n"
                                 "  examples: ['Nov  3 01:02:03 h app: 192.0.2.1 failed']\n")),
        ElementsAre(HasSubstr("it is of the program 'app'")));
    EXPECT_THAT(mistakes_in(with_pattern(std::string(kMatch) + "  examples: [{ip: 192.0.2.1}]\n")),
                ElementsAre(HasSubstr("patterns[0].examples[0] has no line"),
                            HasSubstr("fails this example")));
}

// The indented block of the manual that has `line` in it, as it would stand in a file of its own.
std::string documented(const std::string& line)
{
    std::ifstream file(MAILBAN_SOURCE_DIR "/docs/configuration.md");
    std::string block;
    bool is_it = false;
    for (std::string text; std::getline(file, text);) {
        if (text.starts_with("    ")) {
            is_it = is_it || text.find(line) != std::string::npos;
            block += text.substr(4) + "\n";
        } else if (is_it) {
            return block;
        } else {
            block.clear();
        }
    }
    return {};
}

TEST(TheDocumentedPattern, ReadsWhatIsSaidOfIt)
{
    const auto text = documented("- file: /var/log/myapp.log");
    ASSERT_THAT(text, HasSubstr("counter_examples"));
    const auto config = loaded(text);
    ASSERT_EQ(config.patterns.size(), 1U);
    EXPECT_EQ(config.sources[0].patterns, config.patterns);
    auto hostile = config.patterns[0];
    hostile.examples = {{.line = "login of \"x\" from 192.0.2.9 failed: bad password\" from "
                                 "192.0.2.7 failed: bad password",
                         .ip = IpAddress::v4(192, 0, 2, 7)}};
    EXPECT_TRUE(failed_examples(*Pattern::compile(hostile), hostile).empty());
}

TEST(ASource, MayOnlyNamePatternsThatThereAre)
{
    EXPECT_THAT(mistakes_in("sources: [{file: /log, parser: myap}]\npatterns:\n- name: myapp\n" +
                            std::string(kMatch)),
                ElementsAre(HasSubstr("did you mean 'myapp'?")));
    // A pattern with a mistake is there all the same.
    EXPECT_THAT(mistakes_in(with_pattern("  match: '('\n  kind: abuse\n")),
                ElementsAre(HasSubstr("patterns[0].match")));
}

}  // namespace
}  // namespace mailban::patterns_test
