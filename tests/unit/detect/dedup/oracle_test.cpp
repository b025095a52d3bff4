// The compact parts answer as the straightforward ones do, while both remember the same events.
#include "mailban/detect/dedup/cross_log.h"
#include "mailban/detect/dedup/deduplicator.h"
#include "mailban/detect/dedup/front_and_back.h"

#include <gtest/gtest.h>

#include <random>

#include "seed.h"
#include "unit/detect/dedup/reference_copies.h"
#include "unit/detect/dedup/reference_pairs.h"

namespace mailban::oracle_test {
namespace {

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

// Events of few clients, accounts, sessions and processes, so that many are equal, mostly in their
// order.
class Events {
public:
    explicit Events(std::uint32_t seed) : random_(seed) {}

    Event next()
    {
        Event event;
        now_ += std::chrono::milliseconds(random_() % 400);
        // A night, or the stamp of another clock.
        if (one_in(500)) now_ += std::chrono::minutes(random_() % 180);
        if (one_in(5000)) now_ -= std::chrono::minutes(random_() % 180);
        event.time = now_ - std::chrono::milliseconds(one_in(4) ? random_() % 90'000 : 0);
        event.ip = *IpAddress::parse("192.0.2." + std::to_string(random_() % 4));
        if (!one_in(4)) event.account = kAccounts.at(random_() % kAccounts.size());
        if (one_in(3)) event.session = std::to_string(random_() % 3);
        if (one_in(5)) event.client_port = static_cast<std::uint16_t>(random_() % 3);
        if (one_in(2)) event.pid = number_below(3);
        if (one_in(5)) event.attempts = 1 + number_below(20);
        if (one_in(5)) event.service = one_in(2) ? Service::imap : Service::smtp;
        event.unanswered = one_in(20);
        event.reporter = one_in(3)   ? Reporter::back_end
                         : one_in(3) ? Reporter::summary
                                     : Reporter::front_end;
        return event;
    }
    bool one_in(std::uint32_t several) { return number_below(several) == 0; }
    std::uint32_t log() { return number_below(4); }

private:
    std::uint32_t number_below(std::uint32_t end)
    {
        return static_cast<std::uint32_t>(random_() % end);
    }

    const std::vector<std::string> kAccounts{
        "bob", "Bob", "bob@example.com", "", std::string(64, 'x'), std::string(70, 'x')};
    std::mt19937 random_;
    Timestamp now_ = kStart;
};

// How many events the two forget is the same, too: the smallest capacities forget all the time.
const std::vector<std::size_t> kCapacities{1, 2, 7, 100, 65'536};
const std::size_t kEvents = test::property_amount(100'000);

TEST(ACrossLog, AnswersAsMapsOfTextsDo)
{
    for (std::uint32_t seed = 1; seed <= kCapacities.size(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const std::size_t capacity = kCapacities.at(seed - 1);
        Events events(seed);
        CrossLog compact(Seed{seed}, capacity);
        reference::Copies whole(capacity, seed);
        for (std::size_t i = 0; i < kEvents; ++i) {
            const Event event = events.next();
            const std::uint32_t log = i < 1000 ? 3 : events.log();
            ASSERT_EQ(compact.admit(event, log), whole.admit(event, log)) << "event " << i;
        }
    }
}

TEST(AFrontAndBack, AnswersAsOneOfTextsDoes)
{
    for (std::uint32_t seed = 1; seed <= 2 * kCapacities.size(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const std::size_t capacity = kCapacities.at((seed - 1) % kCapacities.size());
        Events events(seed);
        FrontAndBack compact(Seed{seed}, capacity);
        reference::Pairs whole(capacity, seed);
        if (seed > kCapacities.size()) {
            compact.forget_after(Deduplicator::kLongestConnection);
            whole.expect_order_of_time();
        }
        // At first one side alone tells, for longer than the smaller of them remember.
        const auto alone = seed % 2 == 0 ? Reporter::back_end : Reporter::front_end;
        const std::size_t alone_until = kEvents / 10;
        for (std::size_t i = 0; i < kEvents; ++i) {
            Event event = events.next();
            if (i < alone_until) event.reporter = alone;
            const bool may_expect = i >= alone_until || alone == Reporter::front_end;
            if (may_expect && event.unanswered && events.one_in(2)) {
                compact.expect(event);
                whole.expect(event);
                continue;
            }
            const bool is_back = event.reporter == Reporter::back_end;
            const bool forgiven = events.one_in(9);
            ASSERT_EQ(
                compact.admit(event, event.attempts,
                              is_back ? FrontAndBack::Side::back : FrontAndBack::Side::front,
                              forgiven),
                whole.admit(event, event.attempts,
                            is_back ? reference::Pairs::Side::back : reference::Pairs::Side::front,
                            forgiven))
                << "event " << i;
            ASSERT_EQ(compact.counterpart().has_value(), whole.counterpart().has_value());
            if (!whole.counterpart()) continue;
            EXPECT_EQ(compact.counterpart()->time, whole.counterpart()->time);
            EXPECT_EQ(compact.counterpart()->account, whole.counterpart()->account);
            EXPECT_EQ(compact.counterpart()->is_forgiven, whole.counterpart()->is_forgiven);
        }
    }
}

}  // namespace
}  // namespace mailban::oracle_test
