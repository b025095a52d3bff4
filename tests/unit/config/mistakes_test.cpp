// What is shown for each mistake, word for word: an operator reads it, and scripts look for it.
#include <gmock/gmock.h>

#include "unit/config/config_text.h"

namespace mailban::mistakes_test {
namespace {

using test::mistakes_in;
using test::with_source;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The only mistake in a configuration whose first line is a good source.
std::string mistake(std::string_view text)
{
    const auto all = mistakes_in(with_source(text));
    EXPECT_EQ(all.size(), 1U) << ::testing::PrintToString(all);
    return all.empty() ? "none" : all.front();
}

// The only mistake of one rule; its keys begin in column 9 of line 2.
std::string rule_mistake(std::string_view keys)
{
    return mistake("rules: [{name: a, " + std::string(keys) + "}]");
}

TEST(AMistake, NamesTheNearestKey)
{
    EXPECT_EQ(rule_mistake("limt: 5"),
              "mailban.yaml:2:19: unknown key 'limt' in rules[0]; did you mean 'limit'?");
    EXPECT_EQ(mistake("escalatoin: {factor: 2}"),
              "mailban.yaml:2:1: unknown key 'escalatoin'; did you mean 'escalation'?");
    EXPECT_EQ(mistake("firewall: {backends: auto}"),
              "mailban.yaml:2:12: unknown key 'backends' in firewall; did you mean 'backend'?");
    EXPECT_EQ(mistake("state: {colour: 1}"),
              "mailban.yaml:2:9: unknown key 'colour' in state; expected one of directory, "
              "keep_events, max_size");
}

TEST(AMistake, NamesTheNearestValue)
{
    EXPECT_EQ(mistake("firewall: {backend: nftable}"),
              "mailban.yaml:2:21: firewall.backend is 'nftable'; expected one of auto, nftables, "
              "firewalld, ufw, command, dry-run, door; did you mean 'nftables'?");
    EXPECT_THAT(rule_mistake("on: [auth_failure, relay-denied]"),
                HasSubstr("2:38: rules[0].on[1] is 'relay-denied'"));
    EXPECT_THAT(rule_mistake("on: auth_failur"), HasSubstr("did you mean 'auth_failure'?"));
    EXPECT_EQ(mistake("log: {level: warn}"),
              "mailban.yaml:2:14: log.level is 'warn'; expected one of debug, info, warning, "
              "error; did you mean 'warning'?");
}

TEST(AMistake, SaysWhichNumbersAreExpected)
{
    for (const auto* const bad : {"five", "0", "100001", "-5", "5.0", "0x5", "05", "1_000", "1e3",
                                  "+5", "99999999999999999999", "5 5", ".inf", "true"})
        EXPECT_EQ(rule_mistake("limit: " + std::string(bad)),
                  "mailban.yaml:2:26: rules[0].limit is '" + std::string(bad) +
                      "'; expected a whole number from 1 to 100000");
    EXPECT_EQ(rule_mistake("limit: \"5\""),
              "mailban.yaml:2:26: rules[0].limit is the quoted text '5'; expected a whole number "
              "from 1 to 100000, without quotes");
    EXPECT_THAT(rule_mistake("limit: [5]"), HasSubstr("rules[0].limit is a list; expected"));
    EXPECT_THAT(rule_mistake("limit: {a: 5}"), HasSubstr("rules[0].limit is a map; expected"));
    EXPECT_THAT(mistake("prefix: {ipv4: 7}"), HasSubstr("a whole number from 8 to 32"));
    EXPECT_THAT(mistake("prefix: {ipv4: 33}"), HasSubstr("a whole number from 8 to 32"));
    EXPECT_THAT(mistake("prefix: {ipv6: 31}"), HasSubstr("a whole number from 32 to 128"));
    EXPECT_THAT(mistake("prefix: {ipv6: 129}"), HasSubstr("a whole number from 32 to 128"));
    EXPECT_THAT(mistake("limits: {tracked: 0}"), HasSubstr("from 1 to 100000000"));
    EXPECT_THAT(mistake("limits: {bans: 1e6}"), HasSubstr("from 1 to 10000000"));
    for (const auto* const bad : {"0.99", "1001", "nan", "inf", "two", "-2", "2x"})
        EXPECT_EQ(mistake("escalation: {factor: " + std::string(bad) + "}"),
                  "mailban.yaml:2:22: escalation.factor is '" + std::string(bad) +
                      "'; expected a number from 1 to 1000 such as 2 or 1.5");
}

TEST(AMistake, SaysWhatCannotBeWeighed)
{
    EXPECT_EQ(rule_mistake("weights: {auth_failure: 0}"),
              "mailban.yaml:2:43: rules[0].weights.auth_failure is '0'; expected a whole number "
              "from 1 to 1000");
    EXPECT_EQ(rule_mistake("weights: {relay_denied: 3}"),
              "mailban.yaml:2:29: rules[0].weights.relay_denied has a weight for a kind that the "
              "rule does not "
              "count; expected relay_denied in 'on', too");
    EXPECT_THAT(rule_mistake("weights: {relay_denid: 3}"),
                HasSubstr("did you mean 'relay_denied'"));
    EXPECT_THAT(rule_mistake("weights: 3"), HasSubstr("rules[0].weights is '3'; expected a map"));
    EXPECT_EQ(rule_mistake("weights: {auth_failure: 2}, by: account, distinct: address"),
              "mailban.yaml:2:19: rules[0].weights has weights, but the rule counts "
              "different addresses; expected no weights, or 'distinct: none'");
}

TEST(AMistake, SaysWhatARuleCannotCount)
{
    EXPECT_EQ(rule_mistake("distinct: address"),
              "mailban.yaml:2:9: rules[0] counts the different addresses of one address; expected "
              "'distinct: account', or 'by: subnet' or 'by: account'");
    EXPECT_EQ(rule_mistake("by: account, distinct: account"),
              "mailban.yaml:2:9: rules[0] counts the different accounts of one account; expected "
              "'distinct: address', or 'by: ip' or 'by: subnet'");
    EXPECT_EQ(rule_mistake("subnet: {ipv4: 24}"),
              "mailban.yaml:2:9: rules[0] has a subnet, but does not count by it; expected 'by: "
              "subnet', too");
    EXPECT_THAT(rule_mistake("by: subnet, subnet: {ipv4: 4}"), HasSubstr("from 8 to 32"));
    EXPECT_THAT(rule_mistake("by: subnet, subnet: {ipv6: 8}"), HasSubstr("from 16 to 128"));
    EXPECT_EQ(rule_mistake("on: relay_denied, distinct: password"),
              "mailban.yaml:2:9: rules[0] counts different passwords of events that have none; "
              "expected 'on: auth_failure'");
    EXPECT_THAT(rule_mistake("distinct: acount"), HasSubstr("did you mean 'account'?"));
}

TEST(AMistake, SaysHowAPartOfTheJudgementIsSetOrSwitchedOff)
{
    EXPECT_EQ(mistake("trust: no"),
              "mailban.yaml:2:8: trust is 'no'; expected a map of its settings, or the word off");
    EXPECT_THAT(mistake("outage: []"), HasSubstr("outage is an empty list; expected a map"));
    EXPECT_THAT(mistake("trust: {stale: 5}"), HasSubstr("did you mean 'stale_limit'?"));
    EXPECT_THAT(mistake("trust: {ipv6: 8}"), HasSubstr("from 16 to 128"));
    EXPECT_THAT(mistake("outage: {within: 5}"), HasSubstr("5s are seconds"));
    EXPECT_THAT(mistake("hijack: {networks: 1}"), HasSubstr("from 2 to 100000"));
    EXPECT_THAT(mistake("limits: {known_logins: 3}"), HasSubstr("from 10 to 100000000"));
}

TEST(AMistake, SaysHowTimeSpansAreWritten)
{
    EXPECT_EQ(rule_mistake("within: 600"),
              "mailban.yaml:2:27: rules[0].within is '600'; expected a time span such as 90s, 10m, "
              "1h30m or 7d; a number needs its unit, 600s are seconds");
    EXPECT_EQ(rule_mistake("within: 0s"),
              "mailban.yaml:2:27: rules[0].within is '0s'; expected a time span of at least 1s "
              "such as 90s, 10m, 1h30m or 7d");
    EXPECT_EQ(rule_mistake("ban: never"),
              "mailban.yaml:2:24: rules[0].ban is 'never'; expected a time span such as 90s, 10m, "
              "1h30m or 7d, or the word forever");
    EXPECT_THAT(rule_mistake("ban: 0s"), HasSubstr("of at least 1s"));
    EXPECT_THAT(rule_mistake("within: forever"), HasSubstr("rules[0].within is 'forever'"));
    EXPECT_THAT(rule_mistake("within: 10 minutes"), HasSubstr("is '10 minutes'"));
    EXPECT_THAT(mistake("escalation: {max: -1d}"), HasSubstr("escalation.max is '-1d'"));
    EXPECT_THAT(mistake("state: {keep_events: 101y}"), HasSubstr("state.keep_events is '101y'"));
}

TEST(AMistake, SaysThatPathsAreAbsolute)
{
    EXPECT_EQ(mistake("state: {directory: var/lib}"),
              "mailban.yaml:2:20: state.directory is 'var/lib'; expected an absolute path, one "
              "that begins with '/', of at most 4095 bytes");
    EXPECT_THAT(mistake("control: {socket: ./sock}"), HasSubstr("of at most 107 bytes"));
    for (const auto* mode : {"0666", "0777", "0662", "0060", "432", "rw-rw----", "[0660]"})
        EXPECT_THAT(mistake("control: {mode: " + std::string(mode) + "}"),
                    HasSubstr("add them to the group"));
    EXPECT_THAT(mistake("control: {admins: 'a b'}"), HasSubstr("a name of 1 to 32 bytes"));
    EXPECT_THAT(mistake("control: {socket: /" + std::string(107, 'x') + "}"),
                HasSubstr("of at most 107 bytes"));
    EXPECT_THAT(mistake("control: {socket: \"/a\\0b\"}"), HasSubstr("'/a\\x00b'"));
    EXPECT_THAT(
        mistakes_in("sources: [{file: mail.log}]"),
        ElementsAre(HasSubstr("1:18: sources[0].file is 'mail.log'; expected an absolute")));
    EXPECT_THAT(mistakes_in("sources: [{file: /var/log/}]"),
                ElementsAre(HasSubstr("sources[0].file is '/var/log/'; expected a file")));
}

TEST(AMistake, SaysWhatAnAllowlistHolds)
{
    EXPECT_EQ(mistake("allow: [10.0.0.1/8]"),
              "mailban.yaml:2:9: allow[0] is '10.0.0.1/8'; expected a prefix without host bits, "
              "such as 10.0.0.0/8, the absolute path of a file of them, or a host name such as "
              "office.example.net");
    for (const auto* const bad :
         {"localhost", "allow.list", "office_1.example", "1.2.3", "1.2.3.4/33", "01.2.3.4"})
        EXPECT_EQ(mistake("allow: [" + std::string(bad) + "]"),
                  "mailban.yaml:2:9: allow[0] is '" + std::string(bad) +
                      "'; expected an address such as 192.0.2.7 or a prefix such as 192.0.2.0/24, "
                      "the absolute path of a file of them, or a host name such as "
                      "office.example.net");
    std::string names = "allow: [";
    for (int i = 0; i <= 100; ++i)
        names += "h" + std::to_string(i) + ".example,";
    EXPECT_THAT(mistake(names + "]"), HasSubstr("expected at most 100 host names"));
    EXPECT_THAT(mistake("allow: 127.0.0.1"), HasSubstr("allow is '127.0.0.1'; expected a list"));
}

TEST(AMistake, SaysWhatAProxyIs)
{
    EXPECT_EQ(mistake("proxies: [10.0.0.1, 10.0.0.1/8]"),
              "mailban.yaml:2:21: proxies[1] is '10.0.0.1/8'; expected a prefix without host bits, "
              "such as 10.0.0.0/8");
    for (const auto* const bad : {"proxy.example.net", "/etc/proxies", "1.2.3", "private"})
        EXPECT_EQ(mistake("proxies: [" + std::string(bad) + "]"),
                  "mailban.yaml:2:11: proxies[0] is '" + std::string(bad) +
                      "'; expected an address such as 192.0.2.7 or a prefix such as 192.0.2.0/24");
    EXPECT_THAT(
        mistake("proxies: [0.0.0.0/0]"),
        HasSubstr("2:11: proxies[0] is 0.0.0.0/0, which covers nearly all addresses; expected "
                  "only the addresses of your proxies"));
    EXPECT_THAT(mistake("proxies: [{a: b}]"), HasSubstr("2:11: proxies[0] is a map"));
    EXPECT_THAT(mistake("proxies: 10.0.0.0/8"),
                HasSubstr("2:10: proxies is '10.0.0.0/8'; expected a list"));
    EXPECT_THAT(mistake("proxy: [10.0.0.0/8]"), HasSubstr("proxies"));
    std::string many = "proxies: [";
    for (int i = 0; i <= 1000; ++i)
        many += "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ",";
    EXPECT_THAT(mistake(many + "]"), HasSubstr("expected at most 1000 proxies"));
}

TEST(AMistake, SaysWhichPortsThereAre)
{
    for (const auto* const bad : {"0", "65536", "smtp", "25-30", "025"})
        EXPECT_EQ(mistake("firewall: {ports: [25, " + std::string(bad) + "]}"),
                  "mailban.yaml:2:24: firewall.ports[1] is '" + std::string(bad) +
                      "'; expected a whole number from 1 to 65535");
    for (const auto* const bad : {"25", "none", "[]", "{25: 1}"})
        EXPECT_THAT(mistake("firewall: {ports: " + std::string(bad) + "}"),
                    HasSubstr("expected a list of TCP ports such as [25, 465, 587], or the word "
                              "all"));
}

TEST(AMistake, SaysThatAKeyStandsTwice)
{
    EXPECT_EQ(mistake("log: {level: info}\nlimits: {bans: 5}\nlog: {level: debug}"),
              "mailban.yaml:4:1: key 'log' appears twice, first in line 2; remove one of them");
    EXPECT_EQ(rule_mistake("limit: 5, limit: 5"),
              "mailban.yaml:2:29: key 'limit' appears twice in rules[0], first in line 2; "
              "remove one of them");
}

TEST(AMistake, SaysThatANameIsTakenOrMissing)
{
    EXPECT_EQ(mistake("rules:\n  - name: x\n  - name: x\n"),
              "mailban.yaml:4:11: rules[1].name is 'x', which line 3 already uses; expected a "
              "different name");
    EXPECT_EQ(mistake("rules: [{limit: 5}]"),
              "mailban.yaml:2:9: rules[0] has no name; expected one such as 'name: "
              "password-guessing', which lists of bans show");
    for (const auto* const bad : {"\"\"", "\"a\\nb\"", "a'b", "'a\"b'", "a\\b", "[a]", "~"})
        EXPECT_THAT(mistake("rules: [{name: " + std::string(bad) + "}]"),
                    HasSubstr("expected a name of 1 to 64 bytes without control characters"));
    for (const auto* const bad : {"\"\"", "\"a b\"", "a:b", "../x"})
        EXPECT_THAT(mistake("control: {group: " + std::string(bad) + "}"),
                    HasSubstr("expected a name of 1 to 32 bytes without blanks"));
}

TEST(AMistake, SaysWhatASourceNeeds)
{
    EXPECT_THAT(mistakes_in("sources: []"),
                ElementsAre("mailban.yaml:1:10: sources is an empty list; expected the word auto, "
                            "or a list of logs such as [auto, {file: /var/log/exim4/mainlog}]"));
    EXPECT_THAT(
        mistakes_in("sources: automatic"),
        ElementsAre(HasSubstr("sources is 'automatic'; expected the word auto, or a list")));
    EXPECT_THAT(
        mistakes_in("sources: [auto, {file: /a},\n auto]"),
        ElementsAre("mailban.yaml:2:2: sources[2] names 'auto', which line 1 already names; "
                    "remove one of them"));
    EXPECT_THAT(mistakes_in("sources: [{parser: exim}]"),
                ElementsAre(HasSubstr("1:11: sources[0] has neither 'file' nor 'journal'")));
    EXPECT_THAT(mistakes_in("sources: [{file: /a, journal: {units: [b]}}]"),
                ElementsAre(HasSubstr("1:11: sources[0] has both a file and a journal")));
    EXPECT_THAT(mistakes_in("sources: [{file: /a}, {file: /b},\n {file: /a}]"),
                ElementsAre("mailban.yaml:2:2: sources[2] names '/a', which line 1 already names; "
                            "remove one of them"));
    EXPECT_THAT(mistakes_in("sources: [/var/log/mail.log]"),
                ElementsAre("mailban.yaml:1:11: sources[0] is '/var/log/mail.log'; expected a map "
                            "with the keys file, journal, parser, trusted_front_end, "
                            "escaped_line_feeds, zone"));
    EXPECT_THAT(mistakes_in("sources:\n  - file:/a\n"),
                ElementsAre(HasSubstr("a colon needs a blank behind it")));
}

TEST(AMistake, NamesTheParsersThereAre)
{
    EXPECT_THAT(mistakes_in("sources: [{file: /a, parser: exmi}]"),
                ElementsAre(HasSubstr("did you mean 'exim'?")));
    EXPECT_THAT(mistakes_in("sources: [{file: /a, parser: [auto, nonesuch]}]"),
                ElementsAre(HasSubstr("1:37: sources[0].parser[1] is 'nonesuch'; expected one of "
                                      "auto, ")));
    EXPECT_THAT(mistakes_in("sources: [{file: /a, parser: []}]"),
                ElementsAre(HasSubstr("sources[0].parser is an empty list; expected a parser")));
}

TEST(AMistake, SaysWhatAJournalNeeds)
{
    for (const auto* const bad :
         {"{}", "{units: []}", "{units: a}", "all", "{units: [\"\"]}", "{directory: /srv/journal}",
          "{units: [a], directory: srv}", "{identifiers: []}"})
        EXPECT_THAT(mistakes_in("sources: [{journal: " + std::string(bad) + "}]"),
                    ElementsAre(HasSubstr("sources[0].journal")))
            << bad;
}

TEST(AMistake, IsAPartOfAJournalThatTwoSourcesFollow)
{
    EXPECT_THAT(
        mistakes_in("sources:\n"
                    "  - journal: {units: [a.service, b.service]}\n"
                    "  - journal: {units: [b.service]}\n"
                    "  - journal: {identifiers: [b.service]}\n"
                    "  - journal: {units: [b.service], directory: /srv}\n"),
        ElementsAre("mailban.yaml:3:5: sources[1] names 'unit b.service', which line 2 already "
                    "names; remove one of them"));
}

TEST(AMistake, TellsAnEmptyValueByItsKey)
{
    EXPECT_EQ(mistake("firewall:\nlog: {level: info}"),
              "mailban.yaml:2:1: firewall is empty; expected a map with the keys backend, ports, "
              "forward, on_stop, watch_until, command, or no such key at all");
    EXPECT_THAT(rule_mistake("limit: ~"), HasSubstr("2:19: rules[0].limit is empty"));
    EXPECT_THAT(mistake("allow:"), HasSubstr("2:1: allow is empty; expected a list"));
    EXPECT_THAT(mistake("log: []"), HasSubstr("log is an empty list; expected a map with the key "
                                              "level"));
}

TEST(Mistakes, AreAllToldInOrderOfPlace)
{
    EXPECT_THAT(mistakes_in(R"(log: {level: loud}
rules:
  - name: x
    limit: many
    wihtin: 10m
  - limit: 0
firewall: {backend: iptables, ports: [0]}
sources:
  - file: relative
  - parser: exim
)"),
                ElementsAre(HasSubstr("yaml:1:14: log.level is 'loud'"),
                            HasSubstr("yaml:4:12: rules[0].limit is 'many'"),
                            HasSubstr("yaml:5:5: unknown key 'wihtin'"),
                            HasSubstr("yaml:6:5: rules[1] has no name"),
                            HasSubstr("yaml:6:12: rules[1].limit is '0'"),
                            HasSubstr("yaml:7:21: firewall.backend is 'iptables'"),
                            HasSubstr("yaml:7:39: firewall.ports[0] is '0'"),
                            HasSubstr("yaml:9:11: sources[0].file is 'relative'"),
                            HasSubstr("yaml:10:5: sources[1] has neither")));
}

TEST(Mistakes, PastAHundredAreOnlyCounted)
{
    std::string text = "sources: [{file: /a}]\n";
    for (int index = 0; index < 250; ++index)
        text += "unknown" + std::to_string(index) + ": 1\n";
    const auto shown = mistakes_in(text);
    ASSERT_EQ(shown.size(), 101U);
    EXPECT_THAT(shown[99], HasSubstr(":101:1: unknown key 'unknown99'"));
    EXPECT_THAT(shown[100], HasSubstr("and 150 more errors"));
}

}  // namespace
}  // namespace mailban::mistakes_test
