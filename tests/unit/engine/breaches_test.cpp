// Which lines say that a ban does not bite, and which do not.
#include "an_engine.h"

namespace mailban::test::breaches_test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const std::string kClient = "198.51.100.1";

class ABannedClient : public AnEngine {
protected:
    explicit ABannedClient(Config config = five_in_ten_minutes()) : AnEngine(std::move(config))
    {
        engine_.set_enforced(true, now_ - minutes(5));
    }

    // A ban of all ports: on port 25 passwords may have been tried.
    void ban() { fail_times(kClient, 5); }

    Event attempt() const
    {
        Event event = failure(kClient, now_);
        event.service = Service::smtp;
        return event;
    }
    Effects observe(Event event, Arrival arrival = Arrival::live)
    {
        return engine_.observe(std::move(event), 7, arrival, now_);
    }
    // Three, a second apart.
    std::vector<Notice> come_again()
    {
        std::vector<Notice> warnings;
        for (int count = 0; count < 3; ++count) {
            now_ += seconds(1);
            for (auto& tell : all_of<Notice>(observe(attempt())))
                if (tell.severity == Notice::Severity::warning) warnings.push_back(std::move(tell));
        }
        return warnings;
    }
    std::uint64_t breaches() const { return engine_.breaches().attempts(); }
};

TEST_F(ABannedClient, ThatGoesOnIsReportedWithItsLog)
{
    ban();
    now_ += seconds(30);
    const auto warnings = come_again();
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].log, 7U);
    EXPECT_NE(warnings[0].text.find("but 3 more attempts came (smtp)"), std::string::npos)
        << warnings[0].text;
    ASSERT_TRUE(warnings[0].hook_event);
    EXPECT_EQ(warnings[0].hook_event->kind, HookEvent::Kind::ineffective);
    EXPECT_EQ(warnings[0].hook_event->count, 3U);
    EXPECT_FALSE(warnings[0].hook_event->why.empty());
    EXPECT_TRUE(come_again().empty());
    EXPECT_EQ(breaches(), 6U);
}

TEST_F(ABannedClient, IsNotReportedForWhatComesWithinSeconds)
{
    ban();
    for (int count = 0; count < 18; ++count) {
        now_ += seconds(1);
        observe(attempt());
    }
    EXPECT_EQ(breaches(), 0U);
}

TEST_F(ABannedClient, IsNotReportedForLinesOfBeforeTheBanThatComeLate)
{
    ban();
    const Event late = attempt();
    now_ += minutes(3);
    for (int count = 0; count < 5; ++count)
        observe(late);
    EXPECT_EQ(breaches(), 0U);
}

TEST_F(ABannedClient, IsNotReportedForABacklog)
{
    ban();
    now_ += minutes(1);
    for (int count = 0; count < 5; ++count)
        observe(attempt(), Arrival::backlog);
    EXPECT_EQ(breaches(), 0U);
}

TEST_F(ABannedClient, IsNotReportedForTheSummaryOfAConnectionThatBeganBefore)
{
    ban();
    now_ += minutes(3);
    Event summary = attempt();
    summary.reporter = Reporter::summary;
    summary.service = Service::imap;
    observe(summary);
    summary.lasted = seconds(200);
    observe(summary);
    EXPECT_EQ(breaches(), 0U);
    summary.lasted = seconds(5);
    observe(summary);
    EXPECT_EQ(breaches(), 1U);
}

TEST_F(ABannedClient, IsNotReportedWhileTheFirewallDoesNotDoItsWork)
{
    ban();
    now_ += minutes(1);
    engine_.set_enforced(false, now_);
    come_again();
    EXPECT_EQ(breaches(), 0U);
    engine_.set_enforced(true, now_);
    come_again();
    EXPECT_EQ(breaches(), 0U);
    now_ += seconds(30);
    come_again();
    EXPECT_EQ(breaches(), 3U);
}

TEST_F(ABannedClient, IsForgottenWithItsBan)
{
    ban();
    now_ += minutes(1);
    come_again();
    EXPECT_EQ(engine_.breaches().size(), 1U);
    ASSERT_TRUE(engine_.unban(Prefix::host(*IpAddress::parse(kClient)), now_).ok());
    EXPECT_EQ(engine_.breaches().size(), 0U);
    now_ += minutes(1);
    observe(attempt());
    EXPECT_EQ(breaches(), 3U);
}

TEST_F(ABannedClient, OnThePortThatItsBanHadLeftOpenIsNone)
{
    for (int count = 0; count < 5; ++count) {
        now_ += seconds(1);
        Event event = attempt();
        event.service = Service::imap;
        observe(event);
    }
    now_ += minutes(1);
    ASSERT_TRUE(engine_.ledger().covering(*IpAddress::parse(kClient))->ports);
    // A guess on port 25 closes that, too, and has its moment to settle.
    observe(attempt());
    ASSERT_FALSE(engine_.ledger().covering(*IpAddress::parse(kClient))->ports);
    now_ += seconds(5);
    observe(attempt());
    EXPECT_EQ(breaches(), 0U);
    now_ += seconds(30);
    observe(attempt());
    EXPECT_EQ(breaches(), 1U);
}

TEST_F(ABannedClient, SaysThroughWhichPortItCame)
{
    ban();
    now_ += minutes(1);
    Event event = attempt();
    event.local_port = 2525;
    observe(event);
    const auto* breach = engine_.breaches().find(Prefix::host(*IpAddress::parse(kClient)));
    ASSERT_NE(breach, nullptr);
    EXPECT_EQ(breach->cause, BreachCause::open_port);
    EXPECT_EQ(breach->port, 2525);
}

TEST_F(ABannedClient, OfAWebMailerComesThroughTheWebServer)
{
    ban();
    now_ += minutes(1);
    Event event = attempt();
    event.server = MailServer::roundcube;
    event.service = Service::imap;
    observe(event);
    EXPECT_EQ(engine_.breaches().find(Prefix::host(*IpAddress::parse(kClient)))->cause,
              BreachCause::webmail);
}

TEST_F(ABannedClient, MayComeByWhatThisMachineHandsOn)
{
    ban();
    now_ += minutes(1);
    engine_.set_passed_by(true);
    observe(attempt());
    EXPECT_EQ(engine_.breaches().find(Prefix::host(*IpAddress::parse(kClient)))->cause,
              BreachCause::forwarded);
}

Config with_ports_of_its_own()
{
    Config config = five_in_ten_minutes();
    config.rules[0].ports = PortSet{false, {143}};
    config.firewall.rule_ports = {PortSet{false, {143}}};
    return config;
}

class AClientOfWhomARuleClosesOnePort : public ABannedClient {
protected:
    AClientOfWhomARuleClosesOnePort() : ABannedClient(with_ports_of_its_own()) {}
};

TEST_F(AClientOfWhomARuleClosesOnePort, MayComeThroughTheOthers)
{
    ban();
    now_ += minutes(1);
    Event event = attempt();
    observe(event);
    event.service = Service::imap;
    observe(event);
    event.local_port = 993;
    observe(event);
    EXPECT_EQ(breaches(), 0U);
    event.local_port = 143;
    observe(event);
    EXPECT_EQ(breaches(), 1U);
}

}  // namespace
}  // namespace mailban::test::breaches_test
