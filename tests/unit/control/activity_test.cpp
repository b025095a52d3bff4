#include "mailban/control/activity.h"

#include "mailban/control/line_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailban::activity_test {
namespace {

using ::testing::HasSubstr;

constexpr Timestamp kActivityTime{std::chrono::seconds(1'800'000'000)};

Evidence evidence_of(const std::string& ip, const std::string& account,
                     EventKind kind = EventKind::auth_failure)
{
    Evidence evidence;
    evidence.event.time = kActivityTime;
    evidence.event.kind = kind;
    evidence.event.ip = *IpAddress::parse(ip);
    evidence.event.account = account;
    evidence.counted = 1;
    evidence.log = "/var/log/mail.log";
    return evidence;
}

Ban ban_of_rule(const std::string& prefix, const std::string& rule)
{
    Ban ban;
    ban.prefix = *Prefix::parse(prefix);
    ban.since = kActivityTime;
    ban.until = kActivityTime + std::chrono::hours(1);
    ban.rule = rule;
    ban.reason = "5 failures within 10m";
    return ban;
}

BanEnd end_of(const Ban& ban)
{
    return {ban.prefix, *ban.until, ban.origin, ban.rule, BanEndReason::expired};
}

TEST(AnActivity, HasTimeAndKindWhateverItIs)
{
    const Ban ban = ban_of_rule("192.0.2.7", "guessing");
    EXPECT_EQ(time_of(evidence_of("192.0.2.7", "bob")), kActivityTime);
    EXPECT_EQ(time_of(ban), ban.since);
    EXPECT_EQ(time_of(end_of(ban)), *ban.until);
    EXPECT_EQ(activity_kind_names().size(), kActivityKinds);
    EXPECT_EQ(activity_kind_names()[kind_of(ban)], "ban");
    EXPECT_EQ(activity_kind_names()[kind_of(end_of(ban))], "unban");
    const auto login = evidence_of("192.0.2.7", "bob", EventKind::auth_success);
    EXPECT_EQ(activity_kind_names()[kind_of(login)], "auth_success");
}

DoorAnswer answer_to(const std::string& ip, std::optional<std::string> account)
{
    DoorAnswer told;
    told.time = kActivityTime;
    told.asker = PolicyAsker::exim;
    told.attempt.ip = *IpAddress::parse(ip);
    told.attempt.account = std::move(account);
    told.attempt.service = Service::submission;
    told.answer.judged = PolicyVerdict::deny;
    told.answer.ground = PolicyGround::banned;
    told.answer.rule = "guessing";
    return told;
}

TEST(AnAnswer, IsAnActivityOfItsOwnKind)
{
    const auto told = answer_to("192.0.2.7", "bob");
    EXPECT_EQ(time_of(told), kActivityTime);
    EXPECT_EQ(activity_kind_names()[kind_of(told)], "answer");
    const auto shown = nlohmann::json::parse(to_json(told));
    EXPECT_EQ(shown, nlohmann::json::parse(R"({"time": "2027-01-15T08:00:00Z", "kind": "answer",
        "ip": "192.0.2.7", "account": "bob", "daemon": "exim", "service": "submission",
        "verdict": "allow", "judged": "deny", "ground": "banned", "rule": "guessing"})"));
    const auto without = nlohmann::json::parse(to_json(answer_to("192.0.2.7", std::nullopt)));
    EXPECT_EQ(without.at("account"), nullptr);
}

TEST(AnAnswer, IsFoundByAddressAccountAndRule)
{
    const auto told = answer_to("192.0.2.7", "Bob@example.com");
    ActivityFilter filter;
    filter.account = "bob@EXAMPLE.com";
    filter.address = Prefix::parse("192.0.2.0/24");
    filter.rule = "guessing";
    filter.kinds = *parse_activity_kinds("answer");
    EXPECT_TRUE(filter.matches(told));
    EXPECT_FALSE(filter.matches(answer_to("192.0.2.7", std::nullopt)));
    EXPECT_FALSE(filter.matches(answer_to("198.51.100.7", "bob@example.com")));
    filter.rule = "slow";
    EXPECT_FALSE(filter.matches(told));
    EXPECT_FALSE(filter.matches(ban_of_rule("192.0.2.7", "slow")));
}

TEST(AnActivity, IsOneLineOfJsonThatBeginsWithTimeAndKind)
{
    const Ban ban = ban_of_rule("192.0.2.7", "guessing");
    for (const Activity& activity :
         {Activity(evidence_of("192.0.2.7", "b\"\n\xff")), Activity(ban), Activity(end_of(ban))}) {
        const auto line = to_json(activity);
        EXPECT_EQ(line.find('\n'), std::string::npos);
        const auto object = nlohmann::ordered_json::parse(line);
        EXPECT_EQ(object.begin().key(), "time");
        EXPECT_EQ(std::next(object.begin()).key(), "kind");
        EXPECT_EQ(object.at("time"), format_timestamp(time_of(activity)));
        EXPECT_EQ(object.at("kind"), activity_kind_names()[kind_of(activity)]);
    }
    EXPECT_THAT(to_json(Activity(end_of(ban))), HasSubstr(R"("why":"expired")"));
    EXPECT_THAT(to_json(Activity(ban)),
                HasSubstr(R"("prefix":"192.0.2.7/32","address":"192.0.2.7")"));
}

TEST(AnActivityFilter, WantsWhatFulfilsEveryCondition)
{
    const Activity event = evidence_of("192.0.2.7", "Bob");
    const Activity login = evidence_of("192.0.2.8", "bob", EventKind::auth_success);
    const Activity ban = ban_of_rule("192.0.2.0/24", "guessing");
    const Activity end = end_of(ban_of_rule("192.0.2.9", "spraying"));
    const auto wanted = [&](const ActivityFilter& filter) {
        std::string text;
        for (const auto* activity : {&event, &login, &ban, &end})
            text += filter.matches(*activity) ? '+' : '-';
        return text;
    };
    ActivityFilter filter;
    EXPECT_EQ(wanted(filter), "++++");
    filter.account = "bOB";
    EXPECT_EQ(wanted(filter), "++--");
    filter.kinds = *parse_activity_kinds("auth_failure,ban");
    EXPECT_EQ(wanted(filter), "+---");
    filter.account.clear();
    EXPECT_EQ(wanted(filter), "+-+-");
    filter.kinds.reset();
    filter.address = *Prefix::parse("192.0.2.8");
    EXPECT_EQ(wanted(filter), "-++-");
    filter.address = *Prefix::parse("192.0.0.0/16");
    EXPECT_EQ(wanted(filter), "++++");
    filter.rule = "spraying";
    EXPECT_EQ(wanted(filter), "---+");
    filter.address = *Prefix::parse("2001:db8::/32");
    EXPECT_EQ(wanted(filter), "----");
}

TEST(KindsOfActivity, AreReadAsTheyAreWritten)
{
    for (const std::string text : {"auth_failure", "ban,unban", "auth_success,abuse,unban"}) {
        const auto kinds = parse_activity_kinds(text);
        ASSERT_TRUE(kinds) << text;
        EXPECT_EQ(to_string(*kinds), text);
    }
    EXPECT_THAT(parse_activity_kinds("auth_falure").error().message,
                HasSubstr("did you mean 'auth_failure'?"));
    EXPECT_THAT(parse_activity_kinds("ban,,unban").error().message, HasSubstr("expected one"));
    EXPECT_THAT(parse_activity_kinds("").error().message, HasSubstr("auth_success"));
}

TEST(ALineQueue, GivesLinesInTheirOrder)
{
    LineQueue queue(100);
    EXPECT_TRUE(queue.empty());
    queue.add("one");
    queue.add("two");
    EXPECT_FALSE(queue.empty());
    EXPECT_EQ(queue.take(), "one\ntwo\n");
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.take(), "");
}

TEST(ALineQueue, SaysWhereAndHowManyLinesAreMissing)
{
    LineQueue queue(8);
    for (const auto* line : {"one", "two", "three", "4", "five"})
        queue.add(line);
    EXPECT_EQ(queue.take(), "one\ntwo\n" + lost_lines_json(3) + "\n");
    queue.add("six");
    EXPECT_EQ(queue.take(), "six\n");
}

TEST(ALineQueue, TakesNoMoreMemoryThanItMay)
{
    LineQueue queue(1000);
    for (int i = 0; i < 100'000; ++i)
        queue.add("a line of nineteen");
    EXPECT_LE(queue.take().size(), 1000U + lost_lines_json(100'000).size() + 1);
}

}  // namespace
}  // namespace mailban::activity_test
