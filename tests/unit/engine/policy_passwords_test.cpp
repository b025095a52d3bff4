// One wrong password tried again and again, as a device does that has an old one.
#include "unit/engine/a_policy.h"

namespace mailban::policy_passwords_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::APolicy;
using test::failure;

TEST_F(APolicy, TakesOnePasswordThatIsTriedAgainForOneGuess)
{
    const auto report = [this](const std::string& ip, PasswordMark password) {
        now_ += 1min;
        Event event = failure(ip, now_);
        event.account = "bob";
        event.reporter = Reporter::report;
        event.password = password;
        return engine_.observe(std::move(event), 0, Arrival::live, now_);
    };
    for (int i = 0; i < 100; ++i)
        for (const auto& record : all_of<RecordEvent>(report("192.0.2.7", 5))) {
            EXPECT_EQ(record.counted, i == 0 ? 1U : 0U);
            // It is nowhere but in memory.
            EXPECT_EQ(record.event.password, std::nullopt);
        }
    EXPECT_EQ(engine_.ledger().covering(*IpAddress::parse("192.0.2.7")), nullptr);
    // Others are guesses, and so is the same one after the longest window.
    for (PasswordMark password = 6; password < 15; ++password)
        report("192.0.2.8", password);
    EXPECT_NE(engine_.ledger().covering(*IpAddress::parse("192.0.2.8")), nullptr);
    now_ += 73h;
    EXPECT_EQ(all_of<RecordEvent>(report("192.0.2.7", 5)).at(0).counted, 1U);
}

TEST_F(APolicy, TellsOfAUsersStalePassword)
{
    std::vector<Notice> told;
    for (int i = 0; i < 10; ++i) {
        now_ += 1min;
        Event event = failure("198.51.100.1", now_);
        event.account = "bob";
        event.reporter = Reporter::report;
        event.password = 5;
        for (auto& tell : all_of<Notice>(engine_.observe(std::move(event), 0, Arrival::live, now_)))
            told.push_back(std::move(tell));
    }
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0].text, ::testing::HasSubstr("stale password"));
}

TEST_F(APolicy, TakesALineOfARepeatedPasswordBack)
{
    const auto tell = [this](Reporter reporter, Timestamp at) {
        Event event = failure("192.0.2.7", at);
        event.account = "bob";
        event.service = Service::imap;
        event.reporter = reporter;
        if (reporter == Reporter::report) event.password = 5;
        return engine_.observe(std::move(event), reporter == Reporter::report ? 1 : 0,
                               Arrival::live, at);
    };
    for (int i = 0; i < 8; ++i) {
        now_ += 1min;
        const bool is_line_first = i % 2 == 1;
        tell(is_line_first ? Reporter::back_end : Reporter::report, now_);
        const auto second =
            tell(is_line_first ? Reporter::report : Reporter::back_end, now_ + 10ms);
        EXPECT_EQ(all_of<RecordWithdrawal>(second).size(), is_line_first ? 1U : 0U) << i;
    }
    EXPECT_EQ(engine_.ledger().covering(*IpAddress::parse("192.0.2.7")), nullptr);
    std::size_t counted = 0;
    for (const auto& [rule, count] : engine_.detector().counts(*IpAddress::parse("192.0.2.7")))
        if (rule->name == "slow-guessing") counted = count;
    EXPECT_EQ(counted, 1U);
}

}  // namespace
}  // namespace mailban::policy_passwords_test
