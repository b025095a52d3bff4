#include "io/store/store_fixture.h"

#include <gmock/gmock.h>

#include "unit/event/other_value.h"

namespace mailban::io::store_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Ban ban(const char* prefix)
{
    Ban made;
    made.prefix = *Prefix::parse(prefix);
    made.since = kStart;
    made.until = kStart + 1h;
    made.rule = "password-guessing";
    made.reason = "5 within 10m";
    made.count = 5;
    made.level = 2;
    return made;
}

Ban with_ports(Ban made, PortSet ports)
{
    made.ports = std::move(ports);
    return made;
}

// With all that is stored of one.
Event full_event()
{
    Event event = test::full_event();
    event.time = kStart;
    event.pid = 4'000'000'000U;
    each_field(event, [](const EventField& field, auto& value) {
        if (field.stored == Stored::no) value = {};
    });
    return event;
}

TEST_F(AStore, GivesBackTheseAndNoOtherPortsOfABan)
{
    const std::vector<Ban> bans{ban("192.0.2.7"), with_ports(ban("192.0.2.8"), {false, {143, 993}}),
                                with_ports(ban("192.0.2.9"), {true, {}})};
    write([&](Store& store) {
        for (const auto& one : bans)
            ASSERT_TRUE(store.put_ban(one).ok());
    });
    EXPECT_THAT(*store_->active_bans(), ::testing::ElementsAreArray(bans));
    const auto changed = with_ports(ban("192.0.2.8"), {false, {25, 143, 993}});
    write([&](Store& store) { ASSERT_TRUE(store.put_ban(changed).ok()); });
    EXPECT_THAT(*store_->active_bans(), ::testing::Contains(changed));
    EXPECT_EQ(store_->bans_of(changed.prefix.base(), 10)->at(0).ban, changed);
}

TEST_F(AStore, GivesBackEachFieldOfAnEventThatIsStored)
{
    Event usual;
    usual.time = kStart;
    const auto changed = test::each_field_changed(usual);
    write([&](Store& store) {
        for (const auto& [field, event] : changed)
            ASSERT_TRUE(store.put_event({event, "log", 1}).ok()) << field.name;
    });
    const auto events = events_since(kStart);
    ASSERT_TRUE(events.ok()) << events.error().message;
    ASSERT_EQ(events->size(), changed.size());
    for (std::size_t at = 0; at < changed.size(); ++at) {
        const auto& [field, event] = changed[at];
        EXPECT_EQ((*events)[at].event, field.stored == Stored::yes ? event : usual) << field.name;
    }
}

TEST_F(AStore, GivesBackAnEventAsItWas)
{
    write([](Store& store) { ASSERT_TRUE(store.put_event({full_event(), "/var/log/a", 2}).ok()); });
    const auto events = events_since(kStart);
    ASSERT_TRUE(events.ok());
    EXPECT_THAT(*events, ElementsAre(StoredEvent{full_event(), "/var/log/a", 2}));
}

TEST_F(AStore, GivesEventsInTheOrderInWhichTheyWereWritten)
{
    write([](Store& store) {
        for (const auto offset : {3s, 1s, 2s, -1s}) {
            Event event;
            event.time = kStart + offset;
            ASSERT_TRUE(store.put_event({event, "log", 1}).ok());
        }
    });
    std::vector<Timestamp> times;
    const auto events = events_since(kStart);
    ASSERT_TRUE(events.ok());
    for (const auto& stored : *events)
        times.push_back(stored.event.time);
    EXPECT_THAT(times, ElementsAre(kStart + 3s, kStart + 1s, kStart + 2s));
}

TEST_F(AStore, HasEventsOfLaterTimesAtTheTimeToWhichTheClockWasSetBack)
{
    write([](Store& store) {
        for (const auto at : {kStart, kStart + 5h, kStart + 1s}) {
            StoredEvent stored{.source = "log", .counted = 1};
            stored.event.time = at;
            ASSERT_TRUE(store.put_event(stored).ok());
        }
    });
    write([](Store& store) { ASSERT_TRUE(store.set_back(kStart + 2s).ok()); });
    const auto events = events_since(kStart);
    ASSERT_TRUE(events.ok());
    std::vector<Timestamp> times;
    for (const auto& stored : *events)
        times.push_back(stored.event.time);
    EXPECT_THAT(times, ElementsAre(kStart, kStart + 2s, kStart + 1s));
}

TEST_F(AStore, TakesBackOneAttemptOfTheNewestSuchEvent)
{
    Event event = full_event();
    event.kind = EventKind::auth_failure;
    event.time = kStart;
    Event other = event;
    other.account = "somebody else";
    Event login = event;
    login.kind = EventKind::auth_success;
    const std::vector<StoredEvent> stored{{event, "log", 2}, {other, "log", 1}, {login, "log", 1}};
    write([&](Store& store) {
        for (const auto& one : stored)
            ASSERT_TRUE(store.put_event(one).ok());
    });
    const auto counted = [&] {
        std::vector<std::uint32_t> all;
        const auto events = events_since(kStart);
        for (const auto& one : *events)
            all.push_back(one.counted);
        return all;
    };
    const auto withdraw = [&](Store& store) {
        ASSERT_TRUE(store.withdraw(event.ip, event.time, event.account).ok());
    };
    write(withdraw);
    EXPECT_THAT(counted(), ElementsAre(1, 1, 1));
    for (int again = 0; again < 2; ++again)
        write(withdraw);
    EXPECT_THAT(counted(), ElementsAre(0, 1, 1));
}

TEST_F(AStore, GivesEventsInPagesThatMissNoneAndRepeatNone)
{
    constexpr int kEvents = 25;
    write([](Store& store) {
        for (int i = 0; i < kEvents; ++i) {
            Event event;
            event.time = kStart + std::chrono::seconds(i % 5 == 0 ? -1 : i);
            ASSERT_TRUE(store.put_event({event, std::to_string(i), 1}).ok());
        }
    });
    const auto whole = events_since(kStart);
    ASSERT_TRUE(whole.ok());
    ASSERT_EQ(whole->size(), 20U);
    for (std::size_t limit = 1; limit <= 21; ++limit) {
        std::vector<StoredEvent> joined;
        std::optional<std::int64_t> from = 0;
        for (std::size_t pages = 0; from && pages < 25; ++pages) {
            auto page = store_->events_since(kStart, *from, limit);
            ASSERT_TRUE(page.ok());
            EXPECT_LE(page->events.size(), limit);
            joined.insert(joined.end(), page->events.begin(), page->events.end());
            from = page->next;
        }
        EXPECT_EQ(joined, *whole) << limit;
    }
}

TEST_F(AStore, KeepsBansUntilTheyEndAndTheirHistoryAfterwards)
{
    Ban for_ever = ban("203.0.113.0/24");
    for_ever.until.reset();
    for_ever.origin = BanOrigin::manual;
    write([&](Store& store) {
        ASSERT_TRUE(store.put_ban(ban("203.0.113.7")).ok());
        ASSERT_TRUE(store.put_ban(for_ever).ok());
    });
    EXPECT_THAT(*store_->active_bans(), ElementsAre(ban("203.0.113.7"), for_ever));
    write([](Store& store) {
        ASSERT_TRUE(
            store.end_ban(ban("203.0.113.7").key(), kStart + 1h, BanEndReason::expired).ok());
    });
    EXPECT_THAT(*store_->active_bans(), ElementsAre(for_ever));
    const auto history = store_->bans_of(*IpAddress::parse("203.0.113.7"), 10);
    ASSERT_TRUE(history.ok());
    ASSERT_EQ(history->size(), 2U);
    const auto ended = std::find_if(history->begin(), history->end(),
                                    [](const auto& past) { return past.ended.has_value(); });
    ASSERT_NE(ended, history->end());
    EXPECT_EQ(ended->why, BanEndReason::expired);
}

TEST_F(AStore, ForgetsATransactionThatWasRolledBack)
{
    ASSERT_TRUE(store_->begin().ok());
    ASSERT_TRUE(store_->put_ban(ban("203.0.113.7")).ok());
    store_->rollback();
    EXPECT_THAT(*store_->active_bans(), IsEmpty());
}

TEST_F(AStore, LosesNothingCommittedAndKeepsNothingElseWhenKilled)
{
    ASSERT_TRUE(store_->begin().ok());
    ASSERT_TRUE(store_->put_ban(ban("203.0.113.1")).ok());
    ASSERT_TRUE(store_->commit().ok());
    ASSERT_TRUE(store_->begin().ok());
    ASSERT_TRUE(store_->put_ban(ban("203.0.113.2")).ok());
    // What a killed process leaves: the files as they are, and nobody who closes them.
    const std::string copy = root_ + "/killed";
    std::filesystem::copy(directory_, copy, std::filesystem::copy_options::recursive);
    std::filesystem::remove(copy + "/mailban.db-shm");
    store_->rollback();
    auto recovered = Store::open(copy);
    ASSERT_TRUE(recovered.ok());
    EXPECT_THAT(*(*recovered)->active_bans(), ElementsAre(ban("203.0.113.1")));
}

TEST_F(AStore, RemembersWhereEachLogWasReadAlsoWhenItWasRotated)
{
    const FilePosition old_file{1, ~std::uint64_t{0}, 500, ~std::uint64_t{1}, 4096};
    const FilePosition new_file{1, 12, 7, 99, 7};
    write([&](Store& store) {
        ASSERT_TRUE(store.put_position("/a", LogPosition{{old_file, new_file}}).ok());
        ASSERT_TRUE(store.put_position("/b", LogPosition{{new_file}}).ok());
    });
    EXPECT_EQ(store_->positions()->at("/a"), SourcePosition(LogPosition{{old_file, new_file}}));
    write(
        [&](Store& store) { ASSERT_TRUE(store.put_position("/a", LogPosition{{new_file}}).ok()); });
    EXPECT_EQ(store_->positions()->at("/a"), SourcePosition(LogPosition{{new_file}}));
    EXPECT_EQ(store_->positions()->size(), 2U);
}

TEST_F(AStore, RemembersWhereTheJournalWasReadBesideTheLogs)
{
    const JournalPosition first{"s=1;i=2;b=3;m=4;t=5;x=6", kStart};
    const JournalPosition second{"s=1;i=3;b=3;m=5;t=6;x=7", kStart + 1us};
    write([&](Store& store) {
        ASSERT_TRUE(store.put_position("journal unit a.service", first).ok());
        ASSERT_TRUE(store.put_position("/a", LogPosition{{FilePosition{1, 2, 3, 4, 5}}}).ok());
    });
    write([&](Store& store) {
        ASSERT_TRUE(store.put_position("journal unit a.service", second).ok());
    });
    EXPECT_EQ(store_->positions()->at("journal unit a.service"), SourcePosition(second));
    EXPECT_EQ(store_->positions()->size(), 2U);
}

TEST_F(AStore, RemembersOffendersAndPrunesWhatIsOld)
{
    const Offender old_one{*Prefix::parse("203.0.113.1"), 3, kStart - 90 * 24h};
    const Offender new_one{*Prefix::parse("2001:db8::/64"), 1, kStart};
    write([&](Store& store) {
        ASSERT_TRUE(store.put_offender(old_one).ok());
        ASSERT_TRUE(store.put_offender(new_one).ok());
        ASSERT_TRUE(store.put_event({full_event(), "log", 1}).ok());
    });
    EXPECT_EQ(*store_->drop_old(kStart + 1us, kStart - 60 * 24h, {}, 10), 2U);
    EXPECT_EQ(*store_->drop_old(kStart + 1us, kStart - 60 * 24h, {}, 10), 0U);
    EXPECT_THAT(*store_->offenders(), ElementsAre(new_one));
    EXPECT_THAT(*events_since(kStart - 1h), IsEmpty());
}

TEST_F(AStore, ShowsTheNewestEvidenceFirst)
{
    write([](Store& store) {
        for (int i = 0; i < 5; ++i) {
            Event event = full_event();
            event.time += std::chrono::seconds(i);
            ASSERT_TRUE(store.put_event({event, "log", 1}).ok());
        }
    });
    const auto newest = store_->events_of(full_event().ip, 2);
    ASSERT_TRUE(newest.ok());
    ASSERT_EQ(newest->size(), 2U);
    EXPECT_EQ((*newest)[0].event.time, kStart + 4s);
    EXPECT_THAT(*store_->events_of(*IpAddress::parse("192.0.2.1"), 2), IsEmpty());
}

TEST_F(AStore, KeepsTheNewestLoginsAndForgetsOldOnes)
{
    const auto login = [](const char* ip, const char* account, Timestamp last) {
        return KnownLogin{*IpAddress::parse(ip), account, kStart, last};
    };
    const auto first = login("192.0.2.7", "bob", kStart);
    const auto later = login("192.0.2.7", "bob", kStart + 1h);
    const auto other = login("2001:db8::", "\xff\xfe ann", kStart + 2h);
    write([&](Store& store) {
        for (const auto& each : {first, other, later})
            EXPECT_TRUE(store.put_login(each).ok());
    });
    EXPECT_THAT(*store_->logins_since(kStart, 10), ElementsAre(later, other));
    EXPECT_THAT(*store_->logins_since(kStart, 1), ElementsAre(other));
    EXPECT_THAT(*store_->logins_since(kStart + 90min, 10), ElementsAre(other));
    EXPECT_EQ(*store_->drop_old(kStart, kStart, kStart + 90min, 10), 1U);
    EXPECT_THAT(*store_->logins_since(kStart, 10), ElementsAre(other));
}

}  // namespace
}  // namespace mailban::io::store_test
