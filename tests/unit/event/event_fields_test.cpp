// Whatever goes through the list of an event's fields knows each of them; what keeps a list of its
// own has to say here which fields it leaves out.
#include "mailban/parse/event_fields.h"

#include "mailban/control/explanation.h"
#include "mailban/control/report.h"
#include "mailban/replay/kept_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "core/control/event_json.h"
#include "core/detect/dedup/event_key.h"
#include "unit/event/other_value.h"

namespace mailban::event_fields_test {
namespace {

using Names = std::set<std::string_view>;
using ::testing::ElementsAre;

Event an_event()
{
    Event event;
    event.time = Timestamp(std::chrono::seconds(1'800'000'000));
    event.ip = *IpAddress::parse("192.0.2.7");
    return event;
}

TEST(TheFieldsOfAnEvent, AreEachThereOnceUnderANameOfTheirOwn)
{
    Names names;
    for (const auto& [field, event] : test::each_field_changed(an_event())) {
        EXPECT_TRUE(names.insert(field.name).second) << field.name;
        EXPECT_NE(event, an_event()) << field.name;
    }
    EXPECT_TRUE(names.contains("time"));
    EXPECT_TRUE(names.contains("is_unknown_user"));
}

TEST(TheFieldsOfAnEvent, AreShownInJsonUnderTheirNames)
{
    const auto before = full_event_json(an_event());
    for (const auto& [field, event] : test::each_field_changed(an_event())) {
        SCOPED_TRACE(field.name);
        const std::string name(field.json.empty() ? field.name : field.json);
        const auto after = full_event_json(event);
        EXPECT_EQ(after.contains(name), field.shown != Shown::never);
        EXPECT_EQ(event_json(event).contains(name), field.shown == Shown::always);
        if (field.shown == Shown::never) {
            EXPECT_EQ(after, before);
        } else {
            EXPECT_NE(after.at(name), before.at(name));
        }
    }
}

TEST(TheFieldsOfAnEvent, HaveTheFormInJsonThatIsDocumented)
{
    Event event = test::full_event();
    event.account = "bob";
    event.session = "abc";
    EXPECT_EQ(
        full_event_json(event).dump(),
        R"({"time":"1970-01-01T00:01:30Z","kind":"auth_success","ip":"2001:db8::7",)"
        R"("account":"bob","daemon":"postfix","service":"smtp","reply":535,)"
        R"("enhanced":"5.7.8","attempts":2,"reporter":"summary","client_port":1,"pid":1,)"
        R"("session":"abc","duration_seconds":7.0,"has_password_hash":true,"no_verdict":true})");
}

// All that judging depends on, and the session as a hash of it.
TEST(TheFieldsOfAnEvent, AreKeptForTuningWhereTheyAreJudgedBy)
{
    const Names forgotten{"enhanced", "local_port"};
    for (const auto& [field, event] : test::each_field_changed(an_event())) {
        SCOPED_TRACE(field.name);
        KeptEvents kept(1);
        kept.add(event, 3);
        std::vector<Event> events;
        kept.each([&](const Event& one, std::uint32_t) { events.push_back(one); });
        ASSERT_EQ(events.size(), 1U);
        if (field.name == "session") {
            EXPECT_TRUE(events[0].session);
        } else {
            EXPECT_EQ(events[0], forgotten.contains(field.name) ? an_event() : event);
        }
    }
}

// Two writings of one line, or two logs' lines of one attempt, may differ in these alone.
TEST(TheFieldsOfAnEvent, TellAttemptsApartButForThese)
{
    const Names mask{"time",       "service",        "enhanced", "attempts",       "pid",
                     "local_port", "lasted",         "password", "may_be_doubled", "mechanism",
                     "database",   "is_unknown_user"};
    const Seed seed{7};
    for (const auto& [field, event] : test::each_field_changed(an_event())) {
        EXPECT_EQ(event_key(event, seed) == event_key(an_event(), seed), mask.contains(field.name))
            << field.name;
    }
}

}  // namespace
}  // namespace mailban::event_fields_test
