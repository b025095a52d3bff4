// An engine that is ended and started anew at any event bans the same as one that runs through.
#include <random>

#include "unit/engine/an_engine.h"

namespace mailban::restart_test {
namespace {

using test::all_of;
using test::failure;
using test::five_in_ten_minutes;
using test::kStart;

// What the database keeps of a run.
struct Kept {
    std::vector<RecordEvent> events{};
    std::vector<Offender> offenders{};
    std::vector<KnownLogin> logins{};
    std::vector<std::string> bans{};  // as text, in their order

    void add(const Effects& effects)
    {
        for (const auto& record : all_of<RecordEvent>(effects))
            events.push_back(record);
        for (const auto& record : all_of<RecordOffender>(effects))
            offenders.push_back(record.offender);
        for (const auto& record : all_of<RecordLogin>(effects))
            logins.push_back(record.login);
        for (const auto& record : all_of<RecordBan>(effects))
            bans.push_back(record.ban.prefix.to_string() + " until " +
                           format_timestamp(*record.ban.until));
    }
};

// As the daemon does it: bans, then logins, then events in the order in which they were recorded.
std::unique_ptr<Engine> restarted(const Engine& engine, const Kept& kept)
{
    std::vector<Ban> standing;
    for (const auto& [prefix, ban] : engine.ledger().bans())
        standing.push_back(ban);
    auto next = std::make_unique<Engine>(five_in_ten_minutes(), PrefixSet(), 2);
    next->restore(standing, kept.offenders);
    for (const auto& login : kept.logins)
        next->restore(login);
    for (const auto& event : kept.events)
        next->restore(event);
    return next;
}

std::vector<std::string> bans_of(const std::vector<Event>& events, std::size_t restart_at)
{
    auto engine = std::make_unique<Engine>(five_in_ten_minutes(), PrefixSet(), 1);
    Kept kept;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (i == restart_at) engine = restarted(*engine, kept);
        const Timestamp now = events[i].time;
        kept.add(engine->advance(now));
        kept.add(engine->observe(events[i], 0, Arrival::live, now));
    }
    return kept.bans;
}

// Twelve clients that guess at, and log in to, six accounts.
std::vector<Event> events_of(std::mt19937& random)
{
    std::vector<Event> events;
    Timestamp at = kStart;
    for (int i = 0; i < 400; ++i) {
        at += std::chrono::seconds(random() % 30);
        events.push_back(failure("10." + std::to_string(random() % 12) + ".0.1", at));
        events.back().account = "user" + std::to_string(random() % 6);
        if (random() % 20 == 0) events.back().kind = EventKind::auth_success;
    }
    return events;
}

void expect_equal_bans_wherever_it_is_restarted(std::uint32_t seed)
{
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto events = events_of(random);
    const auto unbroken = bans_of(events, events.size());
    EXPECT_FALSE(unbroken.empty());
    for (int round = 0; round < 8; ++round) {
        const std::size_t restart_at = random() % events.size();
        EXPECT_EQ(bans_of(events, restart_at), unbroken) << "restarted at event " << restart_at;
    }
}

// Seeds with a client that an outage kept from a ban while another ban of it stood, and with users
// who logged in after others had failed.
TEST(ARestartedEngine, BansTheSameWhereverItIsRestarted)
{
    for (const std::uint32_t seed :
         {332187710U, 607563660U, 1317385092U, 2669581292U, 3604640804U, 4007243620U, 192U})
        expect_equal_bans_wherever_it_is_restarted(seed);
    for (std::uint32_t seed = 1; seed <= 24; ++seed)
        expect_equal_bans_wherever_it_is_restarted(seed);
}

}  // namespace
}  // namespace mailban::restart_test
