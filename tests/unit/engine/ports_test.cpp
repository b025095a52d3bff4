// Which ports bans close: what a rule says, and port 25 only where it was offended.
#include <gtest/gtest.h>

#include "unit/engine/an_engine.h"

namespace mailban::test::ports_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Of firewall.ports: all mail ports, and all but 25.
constexpr PortGroup kWhole = 0;
constexpr PortGroup kRest = 1;

Rule named(const char* name, EventKinds on, std::uint32_t limit, Duration ban)
{
    Rule rule;
    rule.name = name;
    rule.on = on;
    rule.limit = limit;
    rule.ban = ban;
    return rule;
}

Config three_rules()
{
    Config config;
    config.rules = {named("guessing", {EventKind::auth_failure}, 3, 1h),
                    named("relaying", {EventKind::relay_denied}, 2, 30min),
                    named("hopping", {EventKind::auth_failure}, 4, 24h)};
    config.rules[2].by = CountBy::subnet;
    config.rules[2].distinct = Distinct::address;
    config.rules[2].within = 6h;
    return config;
}

class PortsOf : public AnEngine {
protected:
    explicit PortsOf(Config config = three_rules()) : AnEngine(config), config_(std::move(config))
    {
    }

    Event event_of(const std::string& ip, Service service)
    {
        now_ += 1s;
        Event event = failure(ip, now_);
        event.service = service;
        return event;
    }
    std::vector<Change> take(const Event& event)
    {
        std::vector<Change> changes;
        for (const auto& enforce : all_of<Enforce>(engine_.observe(event, 0, Arrival::live, now_)))
            changes.push_back(enforce.change);
        return changes;
    }
    std::vector<Change> guess(const std::string& ip, Service service, int times = 1)
    {
        std::vector<Change> changes;
        for (; times > 0; --times)
            for (const auto& change : take(event_of(ip, service)))
                changes.push_back(change);
        return changes;
    }
    static std::string prefix_of(const std::string& text)
    {
        return Prefix::parse(text)->to_string();
    }

    Config config_;
};

std::string text_of(const Change& change)
{
    return change.prefix.to_string() + " group " + std::to_string(change.group);
}

std::vector<std::string> texts_of(const std::vector<Change>& changes)
{
    std::vector<std::string> texts;
    for (const auto& change : changes)
        texts.push_back(text_of(change));
    return texts;
}

TEST_F(PortsOf, ABanForPasswordsAreThoseOfTheServiceThatWasGuessedAt)
{
    EXPECT_THAT(texts_of(guess("192.0.2.1", Service::imap, 3)),
                ElementsAre("192.0.2.1/32 group 1"));
    EXPECT_THAT(texts_of(guess("192.0.2.2", Service::pop3, 3)),
                ElementsAre("192.0.2.2/32 group 1"));
    EXPECT_THAT(texts_of(guess("192.0.2.3", Service::sieve, 3)),
                ElementsAre("192.0.2.3/32 group 1"));
    EXPECT_THAT(texts_of(guess("198.51.100.1", Service::submission, 3)),
                ElementsAre("198.51.100.1/32 group 1"));
    EXPECT_THAT(texts_of(guess("198.51.100.2", Service::smtp, 3)),
                ElementsAre("198.51.100.2/32 group 0"));
    EXPECT_THAT(texts_of(guess("198.51.100.3", Service::unknown, 3)),
                ElementsAre("198.51.100.3/32 group 0"));
}

TEST_F(PortsOf, ABanForPasswordsLeavePort25OpenWhereNoSmtpServerAsked)
{
    std::vector<Change> changes;
    for (int i = 0; i < 3; ++i) {
        Event of_dovecot = event_of("192.0.2.1", Service::unknown);
        of_dovecot.server = MailServer::dovecot;
        of_dovecot.session = "To9TGPlgTZrGM2R" + std::to_string(i);
        for (const auto& change : take(of_dovecot))
            changes.push_back(change);
    }
    EXPECT_THAT(texts_of(changes), ElementsAre("192.0.2.1/32 group 1"));
    changes.clear();
    for (int i = 0; i < 3; ++i) {
        Event of_webmail = event_of("198.51.100.1", Service::unknown);
        of_webmail.server = MailServer::horde;
        for (const auto& change : take(of_webmail))
            changes.push_back(change);
    }
    EXPECT_THAT(texts_of(changes), ElementsAre("198.51.100.1/32 group 1"));
    changes.clear();
    for (int i = 0; i < 3; ++i) {
        Event of_pam = event_of("198.51.100.2", Service::unknown);
        of_pam.reporter = Reporter::module;
        for (const auto& change : take(of_pam))
            changes.push_back(change);
    }
    EXPECT_THAT(texts_of(changes), ElementsAre("198.51.100.2/32 group 1"));
}

TEST_F(PortsOf, ABanForAnythingElseAreAll)
{
    std::vector<Change> changes;
    for (int i = 0; i < 2; ++i) {
        Event relay = event_of("192.0.2.1", Service::smtp);
        relay.kind = EventKind::relay_denied;
        changes = take(relay);
    }
    EXPECT_THAT(texts_of(changes), ElementsAre("192.0.2.1/32 group 0"));
}

TEST_F(PortsOf, ABanGrowAtTheFirstGuessOnPort25)
{
    const auto first = guess("192.0.2.1", Service::imap, 3);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_THAT(guess("192.0.2.1", Service::imap), IsEmpty());
    EXPECT_THAT(guess("192.0.2.1", Service::submission), IsEmpty());
    EXPECT_TRUE(engine_.is_shut_out(event_of("192.0.2.1", Service::submission)));
    EXPECT_FALSE(engine_.is_shut_out(event_of("192.0.2.1", Service::smtp)));
    EXPECT_FALSE(engine_.is_shut_out(event_of("192.0.2.2", Service::imap)));
    const auto grown = guess("192.0.2.1", Service::smtp);
    EXPECT_THAT(grown, ElementsAre(Change{Change::Kind::extend, Prefix::parse("192.0.2.1").value(),
                                          first[0].until, kWhole}));
    EXPECT_THAT(guess("192.0.2.1", Service::smtp), IsEmpty());
    EXPECT_EQ(engine_.ledger().find(first[0].prefix)->ports, std::nullopt);
    EXPECT_TRUE(engine_.is_shut_out(event_of("192.0.2.1", Service::smtp)));
}

TEST_F(PortsOf, ABanGrowWhereARuleThatClosesMoreTrips)
{
    const auto first = guess("192.0.2.1", Service::imap, 3);
    std::vector<Change> changes;
    for (int i = 0; i < 2; ++i) {
        Event relay = event_of("192.0.2.1", Service::smtp);
        relay.kind = EventKind::relay_denied;
        changes = take(relay);
    }
    EXPECT_THAT(changes,
                ElementsAre(Change{Change::Kind::extend, first[0].prefix, first[0].until, kWhole}))
        << "its own end is the later one";
}

TEST_F(PortsOf, ABlocksBanLeavePort25OpenToNeighbours)
{
    guess("2001:db8:0:1::1", Service::imap);
    guess("2001:db8:0:2::1", Service::smtp);
    guess("2001:db8:0:3::1", Service::imap);
    const auto block = guess("2001:db8:0:4::1", Service::imap);
    EXPECT_THAT(texts_of(block), ElementsAre("2001:db8::/48 group 1"));
    // One of its clients guesses on the port that is open: that one alone is shut out of it.
    const auto one = guess("2001:db8:0:5::1", Service::smtp);
    EXPECT_THAT(texts_of(one), ElementsAre("2001:db8:0:5::/64 group 0"));
    EXPECT_EQ(one[0].until, block[0].until);
    EXPECT_THAT(guess("2001:db8:0:5::2", Service::smtp), IsEmpty());
    const auto wanted = engine_.wanted();
    EXPECT_EQ(wanted.at(*Prefix::parse("2001:db8::/48")), WantedBan(block[0].until, kRest));
}

TEST_F(PortsOf, ABlocksBanAreAllWhereSoManyGuessOnPort25)
{
    std::vector<Change> changes;
    for (const char* ip :
         {"2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1"})
        changes = guess(ip, Service::smtp);
    EXPECT_THAT(texts_of(changes), ElementsAre("2001:db8::/48 group 0"));
}

TEST_F(PortsOf, ABanStayAsTheyAreForOneWhoIsKnown)
{
    Event login = event_of("2001:db8:0:5::1", Service::imap);
    login.kind = EventKind::auth_success;
    login.account = "bob";
    for (const char* ip :
         {"2001:db8:0:1::1", "2001:db8:0:2::1", "2001:db8:0:3::1", "2001:db8:0:4::1"})
        guess(ip, Service::imap);
    ASSERT_NE(engine_.ledger().covering(*IpAddress::parse("2001:db8:0:5::1")), nullptr);
    take(login);
    EXPECT_THAT(guess("2001:db8:0:5::1", Service::smtp), IsEmpty());
}

TEST_F(PortsOf, ABanOutliveARestart)
{
    guess("192.0.2.1", Service::imap, 3);
    guess("192.0.2.2", Service::smtp, 3);
    std::vector<Ban> bans;
    for (const auto& [prefix, ban] : engine_.ledger().bans())
        bans.push_back(ban);
    Engine next(config_, PrefixSet(), 1);
    next.restore(bans, {});
    EXPECT_EQ(next.wanted(), engine_.wanted());

    // Other ports: who was shut out of what stays so, in the groups that there are.
    config_.firewall.ports = {false, {25, 143, 993}};
    Engine other(config_, PrefixSet(), 1);
    other.restore(bans, {});
    EXPECT_EQ(other.wanted().at(*Prefix::parse("192.0.2.2")).group, kWhole);
}

TEST_F(PortsOf, ABanComeBackFromTheFirewall)
{
    const auto effects = engine_.recover(
        {{*Prefix::parse("192.0.2.1"), now_ + 1h, kRest}, {*Prefix::parse("192.0.2.2"), now_ + 1h}},
        KeepsTime::yes, now_);
    EXPECT_EQ(engine_.wanted().at(*Prefix::parse("192.0.2.1")), WantedBan(now_ + 1h, kRest));
    EXPECT_EQ(engine_.wanted().at(*Prefix::parse("192.0.2.2")), WantedBan(now_ + 1h, kWhole));
}

Config with_ports()
{
    Config config = three_rules();
    config.rules[0].ports = PortSet{false, {143, 993}};
    config.rules[1].ports = PortSet{true, {}};
    return config;
}

class PortsOfARule : public PortsOf {
protected:
    PortsOfARule() : PortsOf(with_ports()) {}
};

TEST_F(PortsOfARule, AreWhatItsBansClose)
{
    const auto changes = guess("192.0.2.1", Service::smtp, 3);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(
        port_groups({.ports = config_.firewall.ports, .rule_ports = ports_of_rules(config_.rules)})
            .ports(changes[0].group),
        (PortSet{false, {143, 993}}));
    EXPECT_THAT(guess("192.0.2.1", Service::smtp), IsEmpty()) << "exactly these";
    std::vector<Change> all;
    for (int i = 0; i < 2; ++i) {
        Event relay = event_of("192.0.2.1", Service::smtp);
        relay.kind = EventKind::relay_denied;
        all = take(relay);
    }
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(engine_.ledger().find(all[0].prefix)->ports, (PortSet{true, {}}));
}

}  // namespace
}  // namespace mailban::test::ports_test
