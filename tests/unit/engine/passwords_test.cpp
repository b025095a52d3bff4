// `distinct: password` through the whole engine: two servers tell of each try, one of them which
// password it was, in either order.
#include "unit/engine/an_engine.h"

namespace mailban::passwords_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::failure;
using test::five_in_ten_minutes;
using test::kStart;

enum class First : std::uint8_t { front_end, back_end };

Config different_passwords()
{
    Config config = five_in_ten_minutes();
    config.rules[0].distinct = Distinct::password;
    return config;
}

class APasswordCount : public ::testing::TestWithParam<First> {
protected:
    // One wrong password, and how many bans it led to. Postfix tells a second later than Dovecot.
    std::size_t try_password(const std::string& password)
    {
        now_ += 5s;
        Event front = failure("192.0.2.7", now_ + 1s);
        front.server = MailServer::postfix;
        front.service = Service::smtp;
        front.account = "bob";
        Event back = failure("192.0.2.7", now_);
        back.server = MailServer::dovecot;
        back.reporter = Reporter::back_end;
        back.account = "bob";
        back.password = password_mark(password);
        const bool front_first = GetParam() == First::front_end;
        return observe(front_first ? front : back, front_first ? 1 : 2) +
               observe(front_first ? back : front, front_first ? 2 : 1);
    }
    std::size_t observe(const Event& event, std::uint32_t source)
    {
        const auto effects = engine_->observe(event, source, Arrival::live, now_ + 1s);
        for (const auto& record : all_of<RecordEvent>(effects))
            records_.push_back(record);
        return all_of<RecordBan>(effects).size();
    }
    void restart()
    {
        engine_ = std::make_unique<Engine>(different_passwords(), PrefixSet(), ++seed_);
        for (const auto& record : records_)
            engine_->restore(record);
    }

    std::uint64_t seed_ = 1;
    std::unique_ptr<Engine> engine_ =
        std::make_unique<Engine>(different_passwords(), PrefixSet(), seed_);
    std::vector<RecordEvent> records_{};
    Timestamp now_ = kStart;
};

TEST_P(APasswordCount, TakesAHundredTriesOfOneForOne)
{
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(try_password("old"), 0U) << i;
        if (i % 10 == 0) restart();
    }
    EXPECT_EQ(try_password("1"), 0U);
    EXPECT_EQ(try_password("2"), 0U);
    restart();
    EXPECT_EQ(try_password("old"), 0U);
    EXPECT_EQ(try_password("3"), 0U);
    EXPECT_EQ(try_password("4"), 1U);
}

// What trips then, trips: nobody knows whether the other line will come.
TEST_P(APasswordCount, TakesATryForOneOfItsOwnUntilItsPasswordIsTold)
{
    for (const auto* const password : {"1", "2", "3", "4"})
        EXPECT_EQ(try_password(password), 0U);
    EXPECT_EQ(try_password("4"), GetParam() == First::front_end ? 1U : 0U);
}

TEST_P(APasswordCount, SaysSoInTheReasonOfItsBan)
{
    for (int i = 0; i < 5; ++i)
        try_password(std::to_string(i));
    ASSERT_EQ(engine_->ledger().bans().size(), 1U);
    EXPECT_EQ(engine_->ledger().bans().begin()->second.reason, "5 passwords within 10m");
}

INSTANTIATE_TEST_SUITE_P(Told, APasswordCount, ::testing::Values(First::front_end, First::back_end),
                         [](const auto& first) {
                             return std::string(first.param == First::front_end
                                                    ? "ByTheFrontEndFirst"
                                                    : "ByTheBackEndFirst");
                         });

}  // namespace
}  // namespace mailban::passwords_test
