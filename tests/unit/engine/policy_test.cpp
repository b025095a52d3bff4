// What a mail server hears that asks before it compares a password.
#include "mailban/policy/attempt.h"

#include <random>

#include "seed.h"
#include "unit/engine/a_policy.h"

namespace mailban::policy_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::APolicy;
using test::attempt_by;
using test::failure;
using test::kAttackers;
using test::kStart;
using test::policy_config;

TEST_F(APolicy, AllowsWhoeverNothingIsKnownOf)
{
    EXPECT_EQ(ask(attempt_by("192.0.2.7")), PolicyAnswer());
    EXPECT_EQ(ask(attempt_by("192.0.2.7", std::nullopt)), PolicyAnswer());
}

TEST_F(APolicy, DeniesWhoeverIsBannedUntilTheBanEnds)
{
    ban_for_guessing("192.0.2.7");
    const PolicyAnswer answer = ask(attempt_by("192.0.2.7"));
    EXPECT_EQ(answer.verdict, PolicyVerdict::deny);
    EXPECT_EQ(answer.ground, PolicyGround::banned);
    EXPECT_FALSE(answer.rule.empty());
    EXPECT_EQ(ask(attempt_by("192.0.2.7", std::nullopt)).verdict, PolicyVerdict::deny);
    EXPECT_EQ(ask(attempt_by("192.0.2.8")).verdict, PolicyVerdict::allow);
    now_ += 24h * 60;
    EXPECT_EQ(ask(attempt_by("192.0.2.7")).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, AllowsUsersBehindABannedAddress)
{
    ban_for_guessing("192.0.2.7");
    log_in("192.0.2.7", "dave");
    EXPECT_EQ(ask(attempt_by("192.0.2.7", "dave")).ground, PolicyGround::known_user);
    EXPECT_EQ(ask(attempt_by("192.0.2.7", "DAVE")).verdict, PolicyVerdict::allow);
    EXPECT_EQ(ask(attempt_by("192.0.2.7", "bob")).verdict, PolicyVerdict::deny);
    // At connect nobody can tell which of them it is.
    EXPECT_EQ(ask(attempt_by("192.0.2.7", std::nullopt)).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, DeniesAlsoUsersWhatAnAdministratorHasBanned)
{
    log_in("192.0.2.7", "dave");
    const auto banned =
        engine_.ban(Prefix::host(*IpAddress::parse("192.0.2.7")), 1h, "hijacked", now_);
    ASSERT_TRUE(banned);
    const PolicyAnswer answer = ask(attempt_by("192.0.2.7", "dave"));
    EXPECT_EQ(answer.verdict, PolicyVerdict::deny);
    EXPECT_EQ(answer.rule, "");
}

TEST_F(APolicy, DeniesNobodyOnTheAllowlist)
{
    ban_for_guessing("192.0.2.7");
    ASSERT_TRUE(engine_.allow(*Prefix::parse("192.0.2.0/24"), {}, "", now_));
    EXPECT_EQ(ask(attempt_by("192.0.2.7")).ground, PolicyGround::allowed);
    EXPECT_EQ(ask(attempt_by("127.0.0.1")).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, DeniesLoginsOnPort25ThatABanLeavesOpenForMail)
{
    ban_for_guessing("192.0.2.7");
    ASSERT_TRUE(engine_.ledger().covering(*IpAddress::parse("192.0.2.7"))->ports);
    Attempt mail = attempt_by("192.0.2.7", std::nullopt, Service::smtp);
    mail.local_port = 25;
    EXPECT_EQ(ask(mail).verdict, PolicyVerdict::allow);
    mail.local_port = 587;
    EXPECT_EQ(ask(mail).verdict, PolicyVerdict::deny);
    mail.local_port = 25;
    mail.account = "bob";
    EXPECT_EQ(ask(mail).verdict, PolicyVerdict::deny);
}

TEST_F(APolicy, DeniesStrangersAtAnAccountUnderAttack)
{
    attack("bob", Service::imap, kAttackers - 1);
    EXPECT_EQ(ask(attempt_by("203.0.113.9")).verdict, PolicyVerdict::allow);
    see("10.99.0.1", "bob", EventKind::auth_failure);
    const PolicyAnswer answer = ask(attempt_by("203.0.113.9"));
    EXPECT_EQ(answer.verdict, PolicyVerdict::deny);
    EXPECT_EQ(answer.ground, PolicyGround::account_under_attack);
    EXPECT_EQ(ask(attempt_by("203.0.113.9", "Bob")).verdict, PolicyVerdict::deny);
    EXPECT_EQ(ask(attempt_by("203.0.113.9", "carol")).verdict, PolicyVerdict::allow);
    EXPECT_EQ(ask(attempt_by("203.0.113.9", std::nullopt)).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, AllowsTheOwnerOfAnAccountUnderAttack)
{
    attack("bob");
    EXPECT_EQ(ask(attempt_by("198.51.100.1")).ground, PolicyGround::known_user);
    // Whoever comes from the owner's network is most likely the owner with a new address.
    EXPECT_EQ(ask(attempt_by("198.51.100.77")).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, KeepsOtherServicesOpen)
{
    attack("bob", Service::submission);
    EXPECT_EQ(ask(attempt_by("203.0.113.9", "bob", Service::imap)).verdict, PolicyVerdict::allow);
    for (const Service service : {Service::smtp, Service::submission, Service::unknown})
        EXPECT_EQ(ask(attempt_by("203.0.113.9", "bob", service)).verdict, PolicyVerdict::deny);
}

TEST_F(APolicy, ClosesBothServicesThatAnAttackUses)
{
    attack("bob", Service::submission, kAttackers / 2);
    for (int i = 0; i < kAttackers / 2; ++i)
        see("10.200." + std::to_string(i) + ".1", "bob", EventKind::auth_failure);
    for (const Service service : {Service::smtp, Service::imap})
        EXPECT_EQ(ask(attempt_by("203.0.113.9", "bob", service)).verdict, PolicyVerdict::deny);
    EXPECT_EQ(ask(attempt_by("203.0.113.9", "bob", Service::pop3)).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, OpensAgainWhenTheAttackIsOver)
{
    attack("bob");
    const auto last = now_;
    now_ = last + 24h;
    EXPECT_EQ(ask(attempt_by("203.0.113.9")).verdict, PolicyVerdict::deny);
    now_ = last + 24h + 1us;
    EXPECT_EQ(ask(attempt_by("203.0.113.9")).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, OnlyDelaysWhereTheOwnerWouldBeAStrangerToo)
{
    attack("erin");
    const PolicyAnswer answer = ask(attempt_by("203.0.113.9", "erin"));
    EXPECT_EQ(answer.verdict, PolicyVerdict::delay);
    EXPECT_EQ(answer.delay, 7s);
}

TEST_F(APolicy, TakesFailuresOfWhoeverLogsInForNoAttack)
{
    attack("bob");
    log_in("10.0.0.1", "bob");
    EXPECT_EQ(ask(attempt_by("203.0.113.9")).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, DeniesNobodyWhileTheBackEndIsDown)
{
    ban_for_guessing("192.0.2.7");
    attack("bob");
    for (int i = 0; i < 3; ++i)
        see("172.30." + std::to_string(i) + ".1", "bob", EventKind::auth_unavailable);
    ASSERT_NE(engine_.judge().outage(), nullptr);
    for (const auto* const ip : {"192.0.2.7", "203.0.113.9"}) {
        EXPECT_EQ(ask(attempt_by(ip)).verdict, PolicyVerdict::allow) << ip;
        EXPECT_EQ(ask(attempt_by(ip)).ground, PolicyGround::outage) << ip;
    }
}

TEST_F(APolicy, IsTheSameAfterARestart)
{
    Engine again(policy_config(), PrefixSet(), 1);
    now_ = kStart;
    std::vector<RecordEvent> recorded;
    for (int i = 0; i < kAttackers; ++i)
        for (const auto& record : all_of<RecordEvent>(
                 see("10." + std::to_string(i) + ".0.1", "bob", EventKind::auth_failure)))
            recorded.push_back(record);
    again.restore(KnownLogin{*IpAddress::parse("198.51.100.1"), "bob", kStart, kStart});
    for (const auto& record : recorded)
        again.restore(record);
    EXPECT_EQ(again.answer(attempt_by("203.0.113.9"), now_).verdict, PolicyVerdict::deny);
    EXPECT_EQ(again.answer(attempt_by("198.51.100.1"), now_).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, KeepsAnAttackOverAReloadThatChangesTheAnswer)
{
    attack("bob");
    engine_.reconfigure(engine_.successor(policy_config(PolicyMode::enforce, Strangers::delay)));
    EXPECT_EQ(ask(attempt_by("203.0.113.9")).verdict, PolicyVerdict::delay);
    engine_.reconfigure(engine_.successor(policy_config(PolicyMode::enforce, Strangers::tell)));
    EXPECT_EQ(ask(attempt_by("203.0.113.9")).verdict, PolicyVerdict::allow);
    EXPECT_EQ(ask(attempt_by("203.0.113.9")).judged, PolicyVerdict::deny);
    engine_.reconfigure(engine_.successor(policy_config(PolicyMode::off)));
    EXPECT_EQ(ask(attempt_by("203.0.113.9")).verdict, PolicyVerdict::allow);
}

class AnObservingPolicy : public APolicy {
protected:
    AnObservingPolicy() : APolicy(policy_config(PolicyMode::observe)) {}
};

TEST_F(AnObservingPolicy, SaysWhatItWouldHaveSaid)
{
    ban_for_guessing("192.0.2.7");
    attack("bob");
    for (const auto* const ip : {"192.0.2.7", "203.0.113.9"}) {
        EXPECT_EQ(ask(attempt_by(ip)).verdict, PolicyVerdict::allow) << ip;
        EXPECT_EQ(ask(attempt_by(ip)).judged, PolicyVerdict::deny) << ip;
    }
}

TEST_F(APolicy, CountsARefusedAttemptForNothing)
{
    for (int i = 0; i < 20; ++i)
        see("192.0.2.7", "bob", EventKind::rejected, Service::imap, Reporter::report);
    EXPECT_EQ(engine_.ledger().covering(*IpAddress::parse("192.0.2.7")), nullptr);
    EXPECT_EQ(ask(attempt_by("192.0.2.7")).verdict, PolicyVerdict::allow);
}

TEST_F(APolicy, CountsTheLineOfARefusedAttemptForNothing)
{
    for (int i = 0; i < 20; ++i) {
        see("192.0.2.7", "bob", EventKind::rejected, Service::imap, Reporter::report);
        see("192.0.2.7", "bob", EventKind::auth_failure, Service::imap, Reporter::summary);
    }
    EXPECT_EQ(engine_.ledger().covering(*IpAddress::parse("192.0.2.7")), nullptr);
}

TEST_F(APolicy, ReportsABanThatOnlyTheDoorCarriesOut)
{
    engine_.set_enforced(true, now_);
    ban_for_guessing("192.0.2.7");
    now_ += 5min;
    for (int i = 0; i < 20; ++i)
        see("192.0.2.7", "bob", EventKind::rejected, Service::imap, Reporter::report);
    EXPECT_EQ(engine_.breaches().attempts(), 20U);
}

TEST_F(APolicy, BansForWhatIsReported)
{
    for (int i = 0; i < 5; ++i)
        see("192.0.2.7", "bob", EventKind::auth_failure, Service::imap, Reporter::report);
    EXPECT_NE(engine_.ledger().covering(*IpAddress::parse("192.0.2.7")), nullptr);
}

// Whatever happens: asking changes nothing, and no user is denied where no administrator has said
// so, nor anybody during an outage.
TEST(Policies, NeverDenyAUser)
{
    std::mt19937 random(test::property_seed());
    const auto amount = test::property_amount(60'000);
    const Config config = policy_config();
    Engine engine(config, PrefixSet(), 1);
    Engine unasked(config, PrefixSet(), 1);
    Timestamp now = kStart;
    int denied = 0;
    for (std::size_t step = 0; step < amount; ++step) {
        now += std::chrono::milliseconds(random() % 20'000);
        const std::string ip =
            "192.0." + std::to_string(random() % 8) + "." + std::to_string(random() % 6);
        Event event = failure(ip, now);
        event.account = "user" + std::to_string(random() % 4);
        event.service = static_cast<Service>(random() % 6);
        event.kind = random() % 8 == 0    ? EventKind::auth_success
                     : random() % 50 == 0 ? EventKind::auth_unavailable
                                          : EventKind::auth_failure;
        const auto arrival = Arrival::live;
        const Effects effects = engine.observe(event, 0, arrival, now);
        ASSERT_EQ(effects, unasked.observe(event, 0, arrival, now)) << "step " << step;
        ASSERT_EQ(engine.advance(now), unasked.advance(now));
        const PolicyAnswer answer = engine.answer(
            attempt_by(ip, "user" + std::to_string(random() % 4), event.service), now);
        const auto user = engine.judge().trust()->familiarity(event.ip, *event.account, now);
        const PolicyAnswer own = engine.answer(attempt_by(ip, event.account, event.service), now);
        if (user == Familiarity::known) {
            ASSERT_EQ(own.verdict, PolicyVerdict::allow);
        }
        if (engine.judge().outage() != nullptr) {
            ASSERT_EQ(answer.verdict, PolicyVerdict::allow);
        }
        if (answer.verdict == PolicyVerdict::deny) ++denied;
    }
    EXPECT_GT(denied, 20);
}

}  // namespace
}  // namespace mailban::policy_test
