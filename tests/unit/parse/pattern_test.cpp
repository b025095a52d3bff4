#include "mailban/parse/pattern.h"

#include "mailban/envelope/line_splitter.h"
#include "mailban/parse/log_parser.h"

#include <gmock/gmock.h>

#include <random>

#include "seed.h"

namespace mailban::pattern_test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
constexpr std::string_view kHeader = "Nov 23 22:30:58 mail myapp[42]: ";

PatternSpec spec(std::string match)
{
    PatternSpec made;
    made.name = "myapp";
    made.match = std::move(match);
    made.kind = EventKind::auth_failure;
    return made;
}

PatternSpec spec_without_kind(std::string match)
{
    auto made = spec(std::move(match));
    made.kind.reset();
    return made;
}

std::optional<Event> parsed(const PatternSpec& pattern, const std::string& line)
{
    return LogParser(MailServers(), Zone(), {pattern}).parse(line, kNow);
}

// Of the message behind a syslog header.
std::optional<Event> read(const std::string& match, const std::string& message)
{
    return parsed(spec(match), std::string(kHeader) + message);
}

std::string ip_in(const std::optional<Event>& event)
{
    return event ? event->ip.to_string() : "nothing";
}

std::string error_of(const PatternSpec& pattern)
{
    const auto compiled = Pattern::compile(pattern);
    return compiled ? "none" : compiled.error().message;
}

TEST(APattern, FillsAnEventFromItsGroups)
{
    const auto event = read(R"re(login of "(?P<account>[^"]*)" from (?P<ip>\S+) failed)re",
                            "login of \"bob\" from 192.0.2.7 failed");
    Event expected;
    expected.time = kNow - std::chrono::hours(2) + std::chrono::seconds(30 * 60 + 58);
    expected.ip = IpAddress::v4(192, 0, 2, 7);
    expected.account = "bob";
    expected.server = MailServer::pattern;
    expected.pid = 42;
    ASSERT_TRUE(event);
    EXPECT_EQ(*event, expected);
}

TEST(APattern, TakesAnAddressOfEitherFamilyInBracketsOrNot)
{
    const std::string match = R"(from (?P<ip>\S+))";
    EXPECT_EQ(ip_in(read(match, "from 192.0.2.7")), "192.0.2.7");
    EXPECT_EQ(ip_in(read(match, "from [192.0.2.7]")), "192.0.2.7");
    EXPECT_EQ(ip_in(read(match, "from [2001:db8::7]")), "2001:db8::7");
    EXPECT_EQ(ip_in(read(match, "from ::ffff:192.0.2.7")), "192.0.2.7");
    for (const auto* const wrong :
         {"192.0.2.7:25", "[192.0.2.7", "192.0.2.7]", "[[192.0.2.7]]", "192.0.2.07", "192.0.2",
          "host.example", "192.0.2.7,", "[]", "fe80::1%eth0"})
        EXPECT_FALSE(read(match, std::string("from ") + wrong)) << wrong;
}

TEST(APattern, DescribesTheWholeMessageAndIsNotLookedForInIt)
{
    const std::string match = R"(failed from (?P<ip>\S+))";
    EXPECT_TRUE(read(match, "failed from 192.0.2.7"));
    EXPECT_FALSE(read(match, "a failed from 192.0.2.7"));
    EXPECT_FALSE(read(match, "failed from 192.0.2.7 port 25"));
    EXPECT_FALSE(parsed(spec(match), "failed from 192.0.2.7"));
    EXPECT_TRUE(read("a|" + match, "failed from 192.0.2.7") ==
                read(match, "failed from 192.0.2.7"));
    EXPECT_FALSE(read("a|" + match, "a failed from 192.0.2.7"));
}

TEST(APattern, OfAWholeLineBeginsWithACircumflex)
{
    const auto with_stamp = spec(R"(^(?P<time>[^|]+)\|(?P<ip>[^|]+)\|denied)");
    const auto event = parsed(with_stamp, "2026-11-23T22:31:54Z|192.0.2.7|denied");
    ASSERT_TRUE(event);
    EXPECT_EQ(format_timestamp(event->time), "2026-11-23T22:31:54Z");
    EXPECT_TRUE(parsed(with_stamp, "2026-11-23 22:31:54|192.0.2.7|denied"));
    EXPECT_TRUE(parsed(with_stamp, "Nov 23 22:31:54|192.0.2.7|denied"));
    EXPECT_FALSE(parsed(with_stamp, "2026-11-23T22:31:54Zx|192.0.2.7|denied"));
    EXPECT_FALSE(parsed(with_stamp, "yesterday|192.0.2.7|denied"));
    // Without such a group the line's own stamp counts; a line without any has no time.
    const auto bare = spec(R"(^.*\|(?P<ip>[^|]+)\|denied)");
    EXPECT_TRUE(parsed(bare, "2026-11-23 22:31:54 |192.0.2.7|denied"));
    EXPECT_FALSE(parsed(bare, "|192.0.2.7|denied"));
}

TEST(APattern, ReadsLinesOfItsProgramOnly)
{
    auto pattern = spec(R"(from (?P<ip>\S+))");
    pattern.program = "myapp";
    EXPECT_TRUE(parsed(pattern, "Nov 23 22:30:58 mail myapp[42]: from 192.0.2.7"));
    EXPECT_TRUE(parsed(pattern, "2026-11-23T22:31:54Z mail myapp: from 192.0.2.7"));
    EXPECT_FALSE(parsed(pattern, "Nov 23 22:30:58 mail myapp2[42]: from 192.0.2.7"));
    EXPECT_FALSE(parsed(pattern, "2026-11-23 22:31:54 from 192.0.2.7"));
    LogParser parser(MailServers(), Zone(), {pattern});
    EXPECT_TRUE(
        parser.parse(LogMessage{.time = kNow, .program = "myapp", .text = "from 192.0.2.7"}));
    EXPECT_FALSE(
        parser.parse(LogMessage{.time = kNow, .program = "other", .text = "from 192.0.2.7"}));
}

TEST(APattern, TakesItsKindFromTheLineOrTheConfiguration)
{
    auto pattern = spec_without_kind(R"((?P<kind>\w+) (?P<ip>\S+))");
    const std::string header(kHeader);
    EXPECT_EQ(parsed(pattern, header + "auth_success 192.0.2.7")->kind, EventKind::auth_success);
    EXPECT_FALSE(parsed(pattern, header + "nonesuch 192.0.2.7"));
    pattern = spec(R"((?:(?P<kind>[a-z_]+) )?(?P<ip>[0-9.]+))");
    EXPECT_EQ(parsed(pattern, header + "abuse 192.0.2.7")->kind, EventKind::abuse);
    EXPECT_EQ(parsed(pattern, header + "192.0.2.7")->kind, EventKind::auth_failure);
}

// A client that names itself "x from 198.51.100.9" must not choose the address.
TEST(APattern, ReadsNothingWhereALineCanBeReadInTwoWays)
{
    const std::string open = R"(failed for (?P<account>.*) from (?P<ip>\S+) port .*)";
    EXPECT_EQ(ip_in(read(open, "failed for bob from 192.0.2.7 port 25")), "192.0.2.7");
    EXPECT_EQ(ip_in(read(open, "failed for x from 198.51.100.9 port 1 from 192.0.2.7 port 25")),
              "nothing");
    EXPECT_EQ(ip_in(read(open, "failed for bob from 192.0.2.7 port 25 from 198.51.100.9 port 1")),
              "nothing");
    EXPECT_EQ(ip_in(read(open,
                         "failed for x from 198.51.100.9 port 1 from 192.0.2.7 port 25 "
                         "from 198.51.100.9 port 1")),
              "nothing");
    // With an exact end there is one reading, whatever the name is.
    const std::string closed = R"(failed for (?P<account>.*) from (?P<ip>\S+) port \d+)";
    const auto event = read(closed, "failed for x from 198.51.100.9 port 1 from 192.0.2.7 port 25");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->ip, IpAddress::v4(192, 0, 2, 7));
    EXPECT_EQ(event->account, "x from 198.51.100.9 port 1");
}

TEST(APattern, ReadsNothingWhereItsRepetitionsBiteIntoTheAddress)
{
    EXPECT_EQ(ip_in(read(R"(.*(?P<ip>\d+\.\d+\.\d+\.\d+))", "from 192.0.2.77")), "nothing");
    EXPECT_EQ(ip_in(read(R"(from (?P<ip>[0-9.]+).*)", "from 192.0.2.77")), "nothing");
}

TEST(APattern, LeavesOutAnAccountThatCanBeReadInTwoWays)
{
    const auto event = read(R"(user=(?P<account>.*) rest=.* ip=(?P<ip>[0-9.]+))",
                            "user=a rest=b rest=c ip=192.0.2.7");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->account, std::nullopt);
}

TEST(APattern, MatchesAnyByteByADot)
{
    const std::string odd("\xff\xc3(\0\n\r", 6);
    const auto event =
        read(R"(user=(?P<account>.*) ip=(?P<ip>\S+))", "user=" + odd + " ip=192.0.2.7");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->account, odd);
    EXPECT_TRUE(read("benutzer fäscht von (?P<ip>\\S+)", "benutzer fäscht von 192.0.2.7"));
}

TEST(APattern, IsAskedOnlyWhereNoServersParserHasAnEvent)
{
    const auto pattern = spec(R"((?s).*\[(?P<ip>[0-9.]+)\].*)");
    LogParser parser(MailServers::any(), Zone(), {pattern});
    const auto known = parser.parse(
        "2026-11-23 22:29:06 login authenticator failed for (x) [192.0.2.82]:53953: 535 Incorrect "
        "authentication data (set_id=[192.0.2.1])",
        kNow);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->server, MailServer::exim);
    const auto unknown = parser.parse(std::string(kHeader) + "away with [192.0.2.82]", kNow);
    ASSERT_TRUE(unknown);
    EXPECT_EQ(unknown->server, MailServer::pattern);
}

TEST(Patterns, ThatDisagreeReadNothing)
{
    const std::string line = std::string(kHeader) + "192.0.2.1 192.0.2.2";
    const auto first = spec(R"((?P<ip>\S+) \S+)");
    const auto second = spec(R"(\S+ (?P<ip>\S+))");
    EXPECT_EQ(ip_in(LogParser(MailServers(), Zone(), {first}).parse(line, kNow)), "192.0.2.1");
    EXPECT_EQ(ip_in(LogParser(MailServers(), Zone(), {first, second}).parse(line, kNow)),
              "nothing");
    EXPECT_EQ(ip_in(LogParser(MailServers(), Zone(), {first, first}).parse(line, kNow)),
              "192.0.2.1");
}

TEST(APatternThatIsNone, SaysWhyInTheWordsOfRe2)
{
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(error_of(spec("(?P<ip>a")), "missing ): (?P<ip>a");
    EXPECT_THAT(error_of(spec("(?=a)(?P<ip>b)")), StartsWith("invalid perl operator: (?="));
    EXPECT_THAT(error_of(spec(R"((a)\1(?P<ip>b))")), StartsWith("invalid escape sequence"));
    // The core writes nowhere.
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(APatternThatIsNone, SaysWhatAGroupIsFor)
{
    EXPECT_EQ(error_of(spec("a")), "it has no group (?P<ip>...) that takes the client's address");
    EXPECT_THAT(error_of(spec("(?P<ip>a)(?P<user>b)")), StartsWith("there is no group 'user'"));
    EXPECT_THAT(error_of(spec("(?P<ip>a)|(?P<ip>b)")), HasSubstr("appears twice"));
    EXPECT_THAT(error_of(spec_without_kind("(?P<ip>a)")), HasSubstr("'kind: auth_failure'"));
    std::string many = "(?P<ip>a)";
    for (int i = 0; i < Pattern::kMaxGroups; ++i)
        many += "(b)";
    EXPECT_THAT(error_of(spec(many)), StartsWith("it has more than 16 groups"));
}

TEST(APatternThatIsNone, WouldTurnTheSecondReadingAround)
{
    for (const auto* const flags : {"(?U)", "(?iU)", "(?U:a)", "(?s-U)"})
        EXPECT_THAT(error_of(spec(std::string(flags) + "(?P<ip>a)")), HasSubstr("the flag U"))
            << flags;
    for (const auto* const other : {R"(\(?User )", "[(?U]", "(?i)USER ", "(?:U)"})
        EXPECT_EQ(error_of(spec(std::string(other) + "(?P<ip>a)")), "none") << other;
}

TEST(APatternThatIsNone, TakesTooManySteps)
{
    EXPECT_THAT(error_of(spec("(?:a?){600}(?P<ip>b)")), HasSubstr("steps a byte"));
    EXPECT_THAT(error_of(spec("(?:(?:a{0,100}){0,100}){0,100}(?P<ip>b)")), HasSubstr("repetition"));
    EXPECT_EQ(error_of(spec("(?:a?){200}(?P<ip>b)")), "none");
}

// Each of these takes a backtracking engine longer than the universe will last.
TEST(APattern, TakesTimeInProportionToALine)
{
    const std::string longest(LineSplitter::kMaxLineLength - kHeader.size() - 64, 'a');
    for (const auto* const match :
         {"(a+)+(a+)+(a+)+ from (?P<ip>\\S+)", "(a|aa)*(.*a)* from (?P<ip>\\S+)",
          "(.*)*(.*)*(.*)* from (?P<ip>\\S+)x", "(?:a?){200}(?:.*a){20} from (?P<ip>\\S+)x"}) {
        ASSERT_EQ(error_of(spec(match)), "none");
        read(match, longest + " from 192.0.2.7");
        read(match, longest);
    }
}

// Whatever a client writes where the pattern takes its name, the address is the true one or none.
TEST(APattern, LetsNoClientChooseTheAddress)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::vector<std::string> pieces{
        " from ", "198.51.100.9", "[198.51.100.9]", " port ", "25", "failed for ",       "\n",
        "\"",     "\xff",         "2001:db8::",     " ",      "x",  std::string(kHeader)};
    const std::vector<std::string> matches{
        R"(failed for (?P<account>.*) from (?P<ip>\S+) port \d+)",
        R"(failed for (?P<account>.*?) from (?P<ip>\S+) port .*)",
        R"(failed for (?P<account>.*) from (?P<ip>\S+) port .*)",
        R"(failed for (?P<account>.*) from (?P<ip>\S+) port \d+ as .*)",
        R"(.* from (?P<ip>\S+) port \d+.*)",
        R"re(failed for "?(?P<account>[^"]*)"? from \[?(?P<ip>[0-9a-f.:]+)\]? port \d+)re"};
    std::size_t read_well = 0;
    for (int round = 0; round < 4000; ++round) {
        const auto anything = [&] {
            std::string text;
            for (auto count = random() % 9; count > 0; --count)
                text += pieces[random() % pieces.size()];
            return text;
        };
        const auto name = anything();
        const auto& match = matches[random() % matches.size()];
        const auto behind = match.ends_with("*") ? " as " + anything() : std::string();
        const auto event = read(match, "failed for " + name + " from 192.0.2.7 port 25" + behind);
        if (!event) continue;
        ++read_well;
        ASSERT_EQ(event->ip.to_string(), "192.0.2.7") << match << "\n" << name;
    }
    EXPECT_GT(read_well, 1000U);
}

}  // namespace
}  // namespace mailban::pattern_test
