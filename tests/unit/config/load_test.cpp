#include "mailban/config/load.h"

#include <gmock/gmock.h>

#include "unit/config/config_text.h"

namespace mailban::load_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::loaded;
using test::mistakes_in;
using test::with_source;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kWholeContract = R"(
sources:
  - file: /var/log/exim_mainlog         # globs allowed; a file that does not exist yet is awaited
    parser: exim                        # or: auto (the default), or a list
  - journal: {units: [postfix@-.service, dovecot.service]}
rules:
  - name: password-guessing
    on: auth_failure                    # or a list of kinds
    by: ip                              # ip | subnet | account
    limit: 5
    within: 10m
    ban: 1h
  - {name: slow-guessing, on: auth_failure, by: ip, limit: 15, within: 1d, ban: 1d}
allow: [127.0.0.0/8, "::1", /etc/mailban/allow.list, Office.example.net]
escalation: {factor: 2, max: 30d, forget: 60d}
prefix: {ipv4: 32, ipv6: 64}            # what one offender's ban covers
firewall:
  backend: auto                         # auto | nftables | firewalld | ufw | command | dry-run
  ports: [25, 465, 587, 110, 995, 143, 993, 4190]   # one verdict, every mail port; or: all
  on_stop: keep                         # keep | remove
state: {directory: /var/lib/mailban, keep_events: 30d, max_size: 1GiB}
control: {socket: /run/mailban/control.sock, group: mailban}
limits: {tracked: 1000000, bans: 200000}
log: {level: info}
)";

std::vector<Rule> two_rules()
{
    return {{"password-guessing", {EventKind::auth_failure}, 5, 10min, 1h},
            {"slow-guessing", {EventKind::auth_failure}, 15, days(1), days(1)}};
}

TEST(AConfiguration, MaySayAllThatIsPromised)
{
    const auto config = loaded(kWholeContract);
    ASSERT_EQ(config.sources.size(), 2U);
    EXPECT_EQ(config.sources[0].file, "/var/log/exim_mainlog");
    EXPECT_EQ(config.sources[0].parser, MailServers(MailServer::exim));
    EXPECT_EQ(config.sources[0].place.line, 3);
    EXPECT_EQ(config.sources[1].file, "");
    EXPECT_EQ(config.sources[1].parser, MailServers::any());
    EXPECT_THAT(config.sources[1].units, ElementsAre("postfix@-.service", "dovecot.service"));
    EXPECT_EQ(config.rules, two_rules());
    EXPECT_THAT(config.allow.prefixes,
                ElementsAre(*Prefix::parse("127.0.0.0/8"), *Prefix::parse("::1")));
    EXPECT_THAT(config.allow.files, ElementsAre("/etc/mailban/allow.list"));
    EXPECT_THAT(config.allow.names, ElementsAre("office.example.net"));

    auto rest = config;
    rest.sources.clear();
    rest.rules.clear();
    rest.allow = {};
    EXPECT_EQ(rest, Config());
}

TEST(AConfiguration, FollowsWhatThisMachineHasWhereItSaysAutoOrNothing)
{
    for (const auto* const text : {"sources: auto", "sources: [auto]", "allow: []"}) {
        const auto config = loaded(text);
        EXPECT_TRUE(config.discover) << text;
        EXPECT_TRUE(config.sources.empty()) << text;
    }
    const auto both = loaded("sources: [{file: /a}, auto, {journal: {units: [b]}}]");
    EXPECT_TRUE(both.discover);
    EXPECT_EQ(both.sources.size(), 2U);
    EXPECT_FALSE(loaded("sources: [{file: /a}]").discover);
}

TEST(AConfiguration, HasDefaultsForAllButItsSources)
{
    auto config = loaded("sources: [{file: /var/log/exim4/mainlog}]");
    ASSERT_EQ(config.sources.size(), 1U);
    EXPECT_EQ(config.sources[0].parser, MailServers::any());
    EXPECT_EQ(config.rules, default_rules());
    config.sources.clear();
    config.rules.clear();
    EXPECT_EQ(config, Config());
}

TEST(ASource, NamesSogoAndHordeThatAutoLeavesOutAndAssuresNothingByItself)
{
    const auto config = loaded(R"(
sources:
  - {file: /var/log/a, parser: [auto, sogo], trusted_front_end: true}
  - {file: /var/log/b, parser: horde, escaped_line_feeds: true, trusted_front_end: false}
  - {file: /var/log/c, parser: sogo}
)");
    ASSERT_EQ(config.sources.size(), 3U);
    EXPECT_TRUE(config.sources[0].parser.contains(MailServer::sogo));
    EXPECT_TRUE(config.sources[0].parser.contains(MailServer::roundcube));
    EXPECT_FALSE(config.sources[0].parser.contains(MailServer::horde));
    EXPECT_EQ(config.sources[0].assured, (Assurances{.trusted_front_end = true}));
    EXPECT_EQ(config.sources[1].assured, (Assurances{.escaped_line_feeds = true}));
    EXPECT_EQ(config.sources[2].assured, Assurances());
    EXPECT_EQ(mistakes_in("sources: [{file: /a, trusted_front_end: yes}]").size(), 1U);
}

TEST(AConfiguration, NamesProxiesForAllOfItsSources)
{
    const auto config = loaded(R"(
proxies: [10.0.0.0/8, "2001:db8::/32", 198.51.100.200]
sources:
  - {file: /var/log/a, parser: sogo, trusted_front_end: true}
  - {file: /var/log/b}
)");
    const Proxies expected{.prefixes = {*Prefix::parse("10.0.0.0/8"),
                                        *Prefix::parse("2001:db8::/32"),
                                        *Prefix::parse("198.51.100.200")}};
    EXPECT_EQ(config.proxies, expected);
    ASSERT_EQ(config.sources.size(), 2U);
    EXPECT_EQ(config.sources[0].assured,
              (Assurances{.trusted_front_end = true, .proxies = expected}));
    EXPECT_EQ(config.sources[1].assured, (Assurances{.proxies = expected}));
    EXPECT_TRUE(config.proxies.private_by_nature);
}

TEST(AConfiguration, SaysWithAnEmptyListThatThereAreNoProxies)
{
    const auto config = loaded("sources: [{file: /var/log/a}]\nproxies: []");
    EXPECT_FALSE(config.proxies.private_by_nature);
    EXPECT_EQ(config.sources[0].assured.proxies, config.proxies);
}

TEST(ARule, CountsOneKindOrSeveral)
{
    const auto one = loaded(with_source("rules: [{name: a, on: relay_denied}]"));
    EXPECT_EQ(one.rules[0].on, EventKinds{EventKind::relay_denied});
    const auto several = loaded(with_source("rules: [{name: a, on: [auth_failure, abuse]}]"));
    EXPECT_EQ(several.rules[0].on, (EventKinds{EventKind::auth_failure, EventKind::abuse}));
    for (const auto* const kind : {"auth_failure", "auth_success", "auth_unavailable",
                                   "relay_denied", "unknown_recipient", "rejected", "abuse"})
        EXPECT_THAT(mistakes_in(with_source("rules: [{name: a, on: " + std::string(kind) + "}]")),
                    IsEmpty());
}

TEST(ARule, NeedsOnlyAName)
{
    const auto config = loaded(with_source("rules: [{name: mine}]"));
    ASSERT_EQ(config.rules.size(), 1U);
    EXPECT_EQ(config.rules[0], (Rule{"mine", {EventKind::auth_failure}, 5, 10min, 1h}));
}

TEST(ARule, MayBanForever)
{
    const auto config = loaded(with_source("rules: [{name: a, ban: forever}, {name: b, ban: 2w}]"));
    EXPECT_EQ(config.rules[0].ban, std::nullopt);
    EXPECT_EQ(config.rules[1].ban, Duration(days(14)));
}

TEST(ARule, CountsByAddressSubnetOrAccount)
{
    const auto config = loaded(
        with_source("rules: [{name: a, by: ip}, {name: b, by: subnet}, {name: c, by: account}]"));
    EXPECT_EQ(config.rules[0].by, CountBy::ip);
    EXPECT_EQ(config.rules[1].by, CountBy::subnet);
    EXPECT_EQ(config.rules[2].by, CountBy::account);
}

TEST(ARule, CountsDifferentAddressesOrAccounts)
{
    const auto config = loaded(with_source(R"(
rules:
  - {name: a, by: ip, distinct: account}
  - {name: b, by: account, distinct: address}
  - {name: c, by: subnet, distinct: address, subnet: {ipv4: 22, ipv6: 56}}
  - {name: d, by: subnet, distinct: none}
  - {name: e, by: account, distinct: password}
)"));
    EXPECT_EQ(config.rules[4].distinct, Distinct::password);
    EXPECT_EQ(config.rules[0].distinct, Distinct::account);
    EXPECT_EQ(config.rules[1].distinct, Distinct::address);
    EXPECT_EQ(config.rules[2].subnet, (PrefixLengths{22, 56}));
    EXPECT_EQ(config.rules[3].distinct, Distinct::none);
    EXPECT_EQ(config.rules[3].subnet, (PrefixLengths{24, 48}));
}

TEST(ARule, WeighsKindsWhereverTheWeightsStand)
{
    const auto config = loaded(with_source(R"(
rules:
  - {name: a, weights: {relay_denied: 3}, on: [relay_denied, abuse]}
  - {name: b}
)"));
    EXPECT_EQ(config.rules[0].weights.of(EventKind::relay_denied), 3U);
    EXPECT_EQ(config.rules[0].weights.of(EventKind::abuse), 1U);
    EXPECT_EQ(config.rules[1].weights, KindWeights{});
}

TEST(TheJudgement, IsSetPartByPartOrSwitchedOff)
{
    const auto config = loaded(with_source(R"(
trust: {keep: 7d, limit: 9, within: 2h, stale_limit: 99, stale_within: 12h,
        neighbour_limit: 11, neighbour_within: 6h, ban: forever, ipv4: 20, ipv6: 40}
outage: {unavailable_networks: 7, failing_users: 8, within: 3m, recovered_logins: 4,
         idle_timeout: 1h}
hijack: off
limits: {known_logins: 1000}
)"));
    TrustSettings trust{days(7), 9, 2h, 99, 12h, 11, 6h, std::nullopt, {20, 40}};
    EXPECT_EQ(config.judgement.trust, trust);
    EXPECT_EQ(config.judgement.outage, (OutageSettings{7, 8, 3min, 4, 1h}));
    EXPECT_EQ(config.judgement.hijack, std::nullopt);
    EXPECT_EQ(config.limits.known, 1000U);
    EXPECT_EQ(loaded(with_source("trust: off")).judgement.trust, std::nullopt);
    EXPECT_EQ(loaded(with_source("outage: off")).judgement.outage, std::nullopt);
    EXPECT_EQ(loaded(with_source("hijack: {networks: 9}")).judgement.hijack->networks, 9U);
}

TEST(ASource, TakesOneParserOrAList)
{
    const auto config = loaded(R"(
sources:
  - {file: /a, parser: auto}
  - {file: /b, parser: [exim]}
  - {file: /c, parser: [auto, exim]}
  - {file: /d*, parser: [exim, exim]}
  - {journal: {units: [exim4.service]}, parser: exim}
)");
    std::vector<MailServers> parsers;
    for (const auto& source : config.sources)
        parsers.push_back(source.parser);
    EXPECT_THAT(parsers,
                ElementsAre(MailServers::any(), MailServers(MailServer::exim), MailServers::any(),
                            MailServers(MailServer::exim), MailServers(MailServer::exim)));
}

TEST(ASource, MayBeAnyPartOfAnyJournal)
{
    const auto config = loaded(R"(
sources:
  - journal: {units: [dovecot], identifiers: [postfix/smtpd, exim]}
  - journal: {directory: /srv/journal, units: ["postfix*"]}
  - journal: {containers: [mailserver, "mailcow*"]}
)");
    EXPECT_THAT(config.sources[2].containers, ElementsAre("mailserver", "mailcow*"));
    EXPECT_THAT(config.sources[0].units, ElementsAre("dovecot"));
    EXPECT_THAT(config.sources[0].identifiers, ElementsAre("postfix/smtpd", "exim"));
    EXPECT_EQ(config.sources[0].directory, "");
    EXPECT_THAT(config.sources[1].units, ElementsAre("postfix*"));
    EXPECT_EQ(config.sources[1].directory, "/srv/journal");
}

TEST(TheFirewall, ClosesListedPortsSortedOrAll)
{
    EXPECT_EQ(loaded(with_source("firewall: {ports: [587, 25, 22, 587]}")).firewall.ports,
              (PortSet{false, {22, 25, 587}}));
    EXPECT_EQ(loaded(with_source("firewall: {ports: all}")).firewall.ports, (PortSet{true, {}}));
}

TEST(TheFirewall, IsNamedAsItPrintsItself)
{
    for (const auto backend : {Backend::automatic, Backend::nftables, Backend::firewalld,
                               Backend::ufw, Backend::command, Backend::dry_run}) {
        const auto name = std::string(to_string(backend));
        EXPECT_EQ(loaded(with_source("firewall: {command: {ban: [a, \"{prefix}\"], unban: [b, "
                                     "\"{prefix}\"], list: [c]}, backend: " +
                                     name + "}"))
                      .firewall.backend,
                  backend);
    }
    EXPECT_EQ(to_string(Backend::dry_run), "dry-run");
    EXPECT_EQ(to_string(Backend::automatic), "auto");
}

TEST(AConfiguration, MayMoveEveryPath)
{
    const auto config = loaded(R"(
sources: [{file: /tmp/t/exim.log}]
allow: [/tmp/t/allow]
state: {directory: /tmp/t/state}
control: {socket: /tmp/t/socket, group: nogroup, admins: wheel, mode: 0600}
firewall: {backend: dry-run, on_stop: remove}
log: {level: debug}
)");
    EXPECT_EQ(config.state.directory, "/tmp/t/state");
    EXPECT_EQ(config.control, (ControlConfig{"/tmp/t/socket", "nogroup", "wheel", 0600}));
    EXPECT_EQ(config.firewall.on_stop, OnStop::remove);
    EXPECT_EQ(config.log_level, LogLevel::debug);
}

TEST(AConfiguration, TakesTheEdgesOfItsRanges)
{
    const auto config = loaded(with_source(R"(
rules: [{name: a, limit: 1, within: 1s, ban: 1s}, {name: b, limit: 100000}]
escalation: {factor: 1.5, max: 36525d, forget: 1s}
prefix: {ipv4: 8, ipv6: 128}
limits: {tracked: 1, bans: 10000000}
)"));
    EXPECT_EQ(config.rules[0].limit, 1U);
    EXPECT_EQ(config.rules[1].limit, 100'000U);
    EXPECT_DOUBLE_EQ(config.escalation.factor, 1.5);
    EXPECT_EQ(config.prefix, (PrefixLengths{8, 128}));
    EXPECT_EQ(config.limits, (Limits{1, 10'000'000}));
}

TEST(AConfiguration, MeansTheSameWhereverItIsWritten)
{
    const auto text = std::string(kWholeContract);
    EXPECT_EQ(loaded(text), loaded("# a comment\n\n\n" + text));
    std::string crlf;
    for (const char c : text)
        crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
    EXPECT_EQ(loaded(text), loaded(crlf));
    EXPECT_EQ(loaded(text), loaded("\xef\xbb\xbf---\n" + text + "...\n"));
}

TEST(Windows, TellHowLongEventsAreNeeded)
{
    auto config = loaded(with_source("rules: [{name: a, within: 1h}, {name: b, within: 2d}]"));
    EXPECT_EQ(longest_window(config), Duration(days(2)));
    EXPECT_EQ(event_retention(config), Duration(days(30)));
    config.state.keep_events = 1h;
    EXPECT_EQ(event_retention(config), Duration(days(2)));
    config.rules.clear();
    EXPECT_EQ(longest_window(config), Duration(0));
}

}  // namespace
}  // namespace mailban::load_test
