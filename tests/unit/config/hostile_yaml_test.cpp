// Text that is no configuration at all, and text that means harm.
#include <gmock/gmock.h>

#include <random>

#include "unit/config/config_text.h"

namespace mailban::hostile_yaml_test {
namespace {

using namespace std::string_view_literals;
using test::mistakes_in;
using test::with_source;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(NoConfiguration, IsWhatAnEmptyTextIs)
{
    for (const auto text : {""sv, "\n\n"sv, "# only a comment\n"sv, "---\n"sv, "~"sv, "null\n"sv})
        EXPECT_THAT(mistakes_in(text),
                    ElementsAre("mailban.yaml:1:1: the configuration is empty; expected at least "
                                "'sources: auto'"));
}

TEST(NoConfiguration, IsWhatIsNotAMap)
{
    EXPECT_THAT(mistakes_in("- file: /a\n"),
                ElementsAre(HasSubstr("1:1: the configuration is a list; expected a map")));
    EXPECT_THAT(mistakes_in("hello"), ElementsAre(HasSubstr("is 'hello'; expected a map")));
}

TEST(NoConfiguration, IsWhatHasSeveralDocuments)
{
    EXPECT_THAT(mistakes_in(with_source("---\nrules: []\n")),
                ElementsAre(HasSubstr("2:1: something new begins here")));
    EXPECT_THAT(mistakes_in("- a\nb: 1\n"),
                ElementsAre(HasSubstr("2:1: something new begins here")));
    // yaml-cpp reads these as documents without end.
    EXPECT_THAT(mistakes_in(", "), Not(IsEmpty()));
    EXPECT_THAT(mistakes_in(",,,,,,"), Not(IsEmpty()));
}

TEST(NoConfiguration, IsWhatIsNotYaml)
{
    EXPECT_THAT(mistakes_in("sources:\n  - file: /x\n\tparser: exim\n"),
                ElementsAre("mailban.yaml:3:1: a tab indents this line; YAML allows only "
                            "blanks"));
    EXPECT_THAT(mistakes_in("sources:\n\t- file: /x\n"),
                ElementsAre(HasSubstr("2:2: a tab indents this line")));
    EXPECT_THAT(mistakes_in(with_source("allow: [1.2.3.4, 5.6.7.8\nlog: {level: info}\n")),
                ElementsAre(HasSubstr("2:8: the brackets or braces that open here are never")));
    EXPECT_THAT(mistakes_in(with_source("rules:\n- name: x\n  within 10m\n  ban: 1h\n")),
                ElementsAre(HasSubstr("5:6: this is not YAML (illegal map value); check")));
    EXPECT_THAT(mistakes_in("sources:\n  - file: /x\n   parser: exim\n"),
                ElementsAre(HasSubstr("3:4: this is not YAML")));
}

TEST(NoConfiguration, IsWhatHasAnOpenQuote)
{
    for (const auto text : {"control:\n  group: \"x"sv, "control:\n  group: \"x\n"sv,
                            "control:\n  group: 'x\n"sv, "control:\n  group: 'x''\n"sv,
                            "control:\n  group: \"x\\\"\n"sv, "control:\n  group: \"x\nlog:\n"sv})
        EXPECT_THAT(mistakes_in(with_source(text)),
                    ElementsAre(HasSubstr("not closed; expected the same quote")))
            << text;
    EXPECT_THAT(mistakes_in("\xef\xbb\xbfsources: [{file: '/it''s'}]\nallow: [\"::1\", '::2']\n"
                            "control:\n  group: \"\\x61\"\n  socket: |-\n    /s\n"),
                IsEmpty());
}

TEST(NoConfiguration, IsWhatIsNotText)
{
    EXPECT_THAT(mistakes_in("sources: []\na\0b"sv),
                ElementsAre("mailban.yaml:2:2: the byte '\\x00' is not text; "
                            "expected UTF-8 without control characters"));
    for (const auto text :
         {"\xff\xfe"sv, "# \xe9t\xe9\n"sv, "\xc0\x80"sv, "\xed\xa0\x80"sv, "\xf5\x80\x80\x80"sv,
          "\xe2\x82"sv, "\xf0\x82\x82\xac"sv, "a\x1b[31m"sv, "\x7f"sv, "\x80"sv})
        EXPECT_THAT(mistakes_in(text), ElementsAre(HasSubstr("is not text")));
    EXPECT_THAT(mistakes_in(with_source("# für 10 €, 𝄞\nlog: {level: info}\n")), IsEmpty());
}

TEST(HostileYaml, UnfoldsNothing)
{
    EXPECT_THAT(mistakes_in("a: &x [{file: /x}]\nsources: *x\n"),
                ElementsAre(HasSubstr("1:4: anchors (&) and aliases (*) are not supported")));
    EXPECT_THAT(mistakes_in("sources: [{file: *.log}]\n"),
                ElementsAre(HasSubstr("1:18: anchors (&) and aliases (*) are not supported")));
    EXPECT_THAT(
        mistakes_in("sources: !!binary x\n"),
        ElementsAre(HasSubstr("1:10: the tag 'tag:yaml.org,2002:binary' is not supported")));
    std::string bomb = "a0: &a0 [x, x]\n";
    for (int level = 1; level < 40; ++level) {
        const auto last = std::to_string(level - 1);
        const auto name = std::to_string(level);
        bomb += "a" + name + ": &a" + name + " [*a" + last + ", *a" + last + "]\n";
    }
    EXPECT_EQ(mistakes_in(bomb).size(), 1U);
}

TEST(HostileYaml, NestsOnlySoDeep)
{
    std::string block;
    for (std::size_t depth = 0; depth < 300; ++depth)
        block += std::string(depth, ' ') + "a:\n";
    EXPECT_THAT(mistakes_in(block), ElementsAre(HasSubstr("nested deeper than 16 levels")));
    const std::string flow = "a: " + std::string(100, '[') + std::string(100, ']');
    EXPECT_THAT(mistakes_in(flow), ElementsAre(HasSubstr("nested deeper than 16 levels")));
    for (const auto unit :
         {"[", "{", "- ", "? ", "{a: ", "[a, ", "a: {", "[[],", "!", "\"", "|\n"}) {
        std::string text;
        while (text.size() < 100'000)
            text += unit;
        EXPECT_EQ(mistakes_in(text).size(), 1U) << unit;
    }
}

TEST(HostileYaml, IsNotReadPastAMebibyte)
{
    std::string text = with_source("#");
    text.resize(kMaxConfigSize, 'x');
    EXPECT_THAT(mistakes_in(text), IsEmpty());
    text += 'x';
    EXPECT_THAT(mistakes_in(text),
                ElementsAre(HasSubstr("1:1: the file has 1048577 bytes; a configuration has at "
                                      "most 1048576")));
}

TEST(HostileYaml, ShowsLongAndStrangeTextSafely)
{
    EXPECT_THAT(mistakes_in(with_source(std::string(500, 'x') + ": 1")),
                ElementsAre(HasSubstr("'" + std::string(60, 'x') + "…'")));
    const auto shown = mistakes_in(with_source("\"\\e[2J\\n\\0\": 1"));
    EXPECT_THAT(shown, ElementsAre(HasSubstr("unknown key '\\x1b[2J\\x0a\\x00'")));
}

TEST(HostileYaml, NamesAKeyThatIsNoWord)
{
    for (const auto text : {"? [a]\n: b\n"sv, ": b\n"sv, "{[a]: b}"sv, "? {a: b}\n: c\n"sv})
        EXPECT_THAT(mistakes_in(text), ElementsAre(HasSubstr("a key of a map must be a word")));
}

TEST(HostileYaml, NeverBreaksTheReader)
{
    constexpr std::uint32_t kSeed = 20261101;
    SCOPED_TRACE("seed " + std::to_string(kSeed));
    std::mt19937 random(kSeed);
    const std::string seedling = with_source(
        "rules:\n  - {name: a, on: [abuse], limit: 5}\nallow: [\"::1\", 10.0.0.0/8]\n"
        "firewall:\n  ports: all\n# x\nstate: {directory: /a}\n");
    constexpr std::string_view kPieces[] = {"[",  "]",    "{",  "}",   ": ", "- ",   "\n",  "\n  ",
                                            "\t", "\"",   "'",  "&a ", "*a", "!x ",  ",",   "#",
                                            "|",  ">",    "? ", "%",   "@",  "---",  "...", "limit",
                                            "\\", "\xff", "0",  "::1", "~",  "null", "\r",  "`"};
    int valid = 0;
    for (int round = 0; round < 5'000; ++round) {
        auto text = seedling;
        for (auto changes = random() % 4 + 1; changes > 0; --changes) {
            const auto at = random() % text.size();
            const auto piece = kPieces[random() % std::size(kPieces)];
            text.replace(at, random() % 3, piece);
        }
        const auto result = load_config(text, "mailban.yaml");
        if (std::holds_alternative<Config>(result)) {
            ++valid;
            continue;
        }
        for (const auto& error : std::get<1>(result)) {
            ASSERT_GT(error.line, 0) << text;
            ASSERT_GT(error.column, 0) << text;
            ASSERT_FALSE(error.message.empty()) << text;
        }
    }
    // Both halves of the reader have been walked through.
    EXPECT_GT(valid, 50);
    EXPECT_LT(valid, 4'950);
}

}  // namespace
}  // namespace mailban::hostile_yaml_test
