// What the engine tells the hooks of.
#include "mailban/control/page.h"

#include "unit/engine/an_engine.h"

namespace mailban::hook_events_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::failure;
using test::five_in_ten_minutes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// "ban 192.0.2.7/32 password-guessing 5"
std::vector<std::string> hook_events(const Effects& effects)
{
    std::vector<std::string> texts;
    for (const Notice& tell : all_of<Notice>(effects)) {
        if (!tell.hook_event) continue;
        std::string text;
        for (const auto& word :
             filled_in({"{event}", "{prefix}", "{rule}", "{count}", "{account}", "{why}"},
                       *tell.hook_event))
            text += (text.empty() || word.empty() ? "" : " ") + word;
        texts.push_back(text);
    }
    return texts;
}

class AnEngineWithHooks : public test::AnEngine {
protected:
    Effects observe(EventKind kind, const std::string& ip, const char* account)
    {
        now_ += 1s;
        Event event = failure(ip, now_);
        event.kind = kind;
        event.account = account;
        return engine_.observe(event, 0, Arrival::live, now_);
    }
};

TEST_F(AnEngineWithHooks, TellsOfABanAndOfItsEnd)
{
    for (int i = 0; i < 4; ++i)
        EXPECT_THAT(hook_events(fail("192.0.2.7")), IsEmpty());
    EXPECT_THAT(hook_events(fail("192.0.2.7")),
                ElementsAre("ban 192.0.2.7/32 password-guessing 5"));
    EXPECT_THAT(hook_events(engine_.advance(now_ + 1h)),
                ElementsAre("unban 192.0.2.7/32 password-guessing 5 expired"));
    const auto by_hand = engine_.ban(*Prefix::parse("192.0.2.0/24"), 1h, "$(reboot)", now_);
    EXPECT_THAT(hook_events(*by_hand), ElementsAre("ban 192.0.2.0/24 0"));
    const auto standing = page_of(engine_.ledger(), {});
    EXPECT_THAT(hook_events(engine_.unban_each(standing->rows, now_)),
                ElementsAre("unban 192.0.2.0/24 0 unbanned"));
}

TEST_F(AnEngineWithHooks, TellsOfNoBanOfTheBacklogThatIsOverAlready)
{
    Config config = five_in_ten_minutes();
    config.rules[0].ban = 1min;
    Engine engine(config, PrefixSet(), 1);
    for (int i = 0; i < 5; ++i) {
        const auto event = failure("192.0.2.7", now_ - 5min + i * 1s);
        EXPECT_THAT(hook_events(engine.observe(event, 0, Arrival::backlog, now_)), IsEmpty());
    }
    EXPECT_EQ(engine.counters().bans, 1U);
}

TEST_F(AnEngineWithHooks, TellsOfAStalePasswordAndNeverTheNameOfAStrangeAccount)
{
    for (const auto* const account : {"bob@example.com", "$(reboot)"}) {
        std::vector<std::string> told;
        observe(EventKind::auth_success, "192.0.2.7", account);
        for (int i = 0; i < 5; ++i)
            for (auto& one : hook_events(observe(EventKind::auth_failure, "192.0.2.7", account)))
                told.push_back(one);
        const std::string shown =
            account[0] == 'b' ? "bob@example.com" : "an account with an unusual name";
        EXPECT_THAT(told, ElementsAre("stale_password 192.0.2.7/32 5 " + shown));
    }
}

TEST_F(AnEngineWithHooks, TellsOfAnOutageAndThatItIsOver)
{
    std::vector<std::string> told;
    for (int i = 0; i < 3; ++i)
        for (auto& one : hook_events(
                 observe(EventKind::auth_unavailable, "198.51." + std::to_string(i) + ".1", "bob")))
            told.push_back(one);
    for (int i = 0; i < 3; ++i)
        for (auto& one : hook_events(observe(EventKind::auth_success, "203.0.113.9", "bob")))
            told.push_back(one);
    EXPECT_THAT(told, ElementsAre("outage", "outage_over"));
}

}  // namespace
}  // namespace mailban::hook_events_test
